import { spawnSync } from 'node:child_process';
import path from 'node:path';

/**
 * Before each commit, in under two minutes: types, format, house rules, and the tests of what changed. Browser
 * journeys are left to `npm test`, which runs everything.
 */
const ROOT = path.join(import.meta.dirname, '..');
const HOUSE_RULES = ['tests/architecture.test.ts', 'tests/catalog.test.ts'];

const steps: { name: string; command: string; args: string[] }[] = [
  { name: 'types', command: 'tsc', args: [] },
  { name: 'format', command: 'biome', args: ['check', '.'] },
  {
    name: 'house rules, tests of what changed',
    command: 'vitest',
    args: ['related', '--run', '--exclude', 'tests/**/*.browser.test.ts', ...HOUSE_RULES, ...listChanged()],
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
