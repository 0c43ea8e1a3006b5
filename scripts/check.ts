import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import path from 'node:path';

/**
 * Before each commit, in under two minutes: types, format, house rules, and the tests that lie where the changes
 * lie. What opens browsers, starts whole products or kills them is left to `npm test`, which runs everything.
 */
const ROOT = path.join(import.meta.dirname, '..');
const HOUSE_RULES = ['tests/architecture.test.ts', 'tests/catalog.test.ts'];
const LONG = ['tests/**/*.browser.test.ts', 'tests/**/{kill,crash,start}.test.ts'];

/** Types that were right are looked at again only where something changed: seconds instead of half a minute. */
const REMEMBERING = ['--incremental', '--tsBuildInfoFile', 'node_modules/.cache/types.tsbuildinfo'];

const steps: { name: string; command: string; args: string[] }[] = [
  { name: 'types', command: 'tsc', args: REMEMBERING },
  { name: 'format', command: 'biome', args: ['check', '.'] },
  {
    name: 'house rules, tests of what changed',
    command: 'vitest',
    args: ['run', ...LONG.flatMap((glob) => ['--exclude', glob]), ...HOUSE_RULES, ...listTests()],
  },
];

for (const step of steps) {
  const startedAt = performance.now();
  const { status } = spawnSync(step.command, step.args, { cwd: ROOT, stdio: 'inherit' });
  console.log(
    `${status === 0 ? 'ok' : 'FAILED'}  ${step.name}, ${((performance.now() - startedAt) / 1000).toFixed(1)} s`,
  );
  if (status !== 0) process.exitCode = 1;
}

/** Tests mirror the source: those of `src/flow/send/render/jobs.ts` lie in or nearest to `tests/flow/send/render`. */
function listTests(): string[] {
  const places = listChanged().map((file) =>
    file.startsWith('src/') ? findMirror(path.dirname(file)) : file,
  );
  return [...new Set(places.filter((place) => place !== null))];
}

/** The front doors themselves, and a room without tests, have only the long tests. */
function findMirror(folder: string): string | null {
  if (folder === 'src') return null;
  const mirror = folder.replace(/^src/, 'tests');
  return existsSync(path.join(ROOT, mirror)) ? `${mirror}/` : findMirror(path.dirname(folder));
}

/** What differs from the last commit, new files included. */
function listChanged(): string[] {
  const { stdout } = spawnSync('git', ['status', '--porcelain', '--untracked-files=all'], {
    cwd: ROOT,
    encoding: 'utf8',
  });
  return stdout
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith(' D') && !line.startsWith('D'))
    .map((line) => line.slice(3).split(' -> ').at(-1)!)
    .filter((file) => /^(src|tests)\/.*\.ts$/.test(file));
}
