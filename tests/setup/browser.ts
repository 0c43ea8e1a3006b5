import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire, findPackageJSON } from 'node:module';
import os from 'node:os';
import path from 'node:path';
import { type Browser, type BrowserContextOptions, chromium, type Page } from 'playwright-core';
import { afterAll } from 'vitest';
import { z } from 'zod';

const require = createRequire(import.meta.url);
const PACKS = ['chromium.br', 'al2023.tar.br', 'fonts.tar.br', 'swiftshader.tar.br'];
const SYSTEM_NAMES = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable'];
const ARGS = [
  '--no-sandbox',
  '--disable-quic',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--font-render-hinting=none',
];

type Program = { executablePath: string; env: Record<string, string> };

/**
 * A real browser for one test file, closed after it: BROWSER_PATH, else the machine's Chromium, else the one
 * that npm brought along.
 */
export async function openBrowser(): Promise<Browser> {
  const { executablePath, env } = findProgram();
  const browser = await chromium.launch({
    executablePath,
    args: ARGS,
    env: { ...currentEnvironment(), ...env },
  });
  afterAll(async () => await browser.close());
  return browser;
}

/** A page in a context (cookies) of its own. Any error of a script or of the content security policy fails the test. */
export async function openPage(browser: Browser, options: BrowserContextOptions = {}): Promise<Page> {
  const context = await browser.newContext({ locale: 'en-GB', timezoneId: 'Europe/Berlin', ...options });
  const page = await context.newPage();
  page.setDefaultTimeout(30_000);
  page.on('pageerror', fail);
  page.on('console', (message) => {
    if (message.text().includes('Content Security Policy')) fail(new Error(message.text()));
  });
  return page;
}

/** Thrown outside the test's own call, so that the run fails even if the test would pass. */
function fail(error: Error): never {
  throw error;
}

const violations = z.array(
  z.object({
    id: z.string(),
    help: z.string(),
    nodes: z.array(z.object({ html: z.string(), failureSummary: z.string().optional() })),
  }),
);

/** What axe finds against WCAG 2.2 AA, one line a place; empty is good. Runs under the page's own policy. */
export async function findBarriers(page: Page): Promise<string[]> {
  await page.evaluate(readFileSync(require.resolve('axe-core/axe.min.js'), 'utf8'));
  const tags = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'];
  const found: unknown = await page.evaluate(
    `axe.run({ runOnly: ${JSON.stringify(tags)} }).then((result) => result.violations)`,
  );
  return violations.parse(found).flatMap((v) => v.nodes.map((node) => `${v.id}: ${v.help}: ${node.html}`));
}

function findProgram(): Program {
  const named = process.env.BROWSER_PATH;
  if (named) return { executablePath: named, env: {} };
  const system = SYSTEM_NAMES.find((name) => spawnSync(name, ['--version']).status === 0);
  if (system)
    return { executablePath: execFileSync('which', [system], { encoding: 'utf8' }).trim(), env: {} };
  return unpackBundled();
}

/** Unpacks once into the user's cache; the package's own way takes any half-unpacked /tmp/chromium. */
function unpackBundled(): Program {
  const file = findPackageJSON('@sparticuz/chromium', import.meta.url)!;
  const { version } = z.object({ version: z.string() }).parse(JSON.parse(readFileSync(file, 'utf8')));
  const folder = path.join(os.homedir(), '.cache', 'segments', `chromium-${version}`);
  if (!existsSync(folder)) unpack(path.join(path.dirname(file), 'bin'), folder);
  const fonts = path.join(folder, 'fonts');
  return {
    executablePath: path.join(folder, 'chromium'),
    env: { LD_LIBRARY_PATH: path.join(folder, 'al2023', 'lib'), FONTCONFIG_PATH: fonts },
  };
}

/** In a child process, because the package unpacks into the TMPDIR it was started with. */
function unpack(packs: string, folder: string): void {
  mkdirSync(path.dirname(folder), { recursive: true });
  const unfinished = mkdtempSync(`${folder}.`);
  const program = `import { inflate } from '@sparticuz/chromium';
    await Promise.all(${JSON.stringify(PACKS.map((name) => path.join(packs, name)))}.map((file) => inflate(file)));`;
  execFileSync(process.execPath, ['--input-type=module', '-e', program], {
    cwd: import.meta.dirname,
    env: { ...currentEnvironment(), TMPDIR: unfinished },
  });
  writeFileSync(path.join(unfinished, 'fonts', 'fonts.conf'), describeFonts(folder));
  try {
    renameSync(unfinished, folder);
  } catch (error) {
    // Another test file may have unpacked it in the meantime.
    rmSync(unfinished, { recursive: true, force: true });
    if (!existsSync(folder)) throw error;
  }
}

/** The package's own fonts.conf names /tmp/fonts: elsewhere no letter would have a shape. */
function describeFonts(folder: string): string {
  return `<?xml version="1.0"?><!DOCTYPE fontconfig SYSTEM "fonts.dtd"><fontconfig>
  <dir>${folder}/fonts</dir><dir>/usr/share/fonts</dir><cachedir>${folder}/fonts-cache</cachedir></fontconfig>\n`;
}

function currentEnvironment(): Record<string, string> {
  return Object.fromEntries(
    Object.entries(process.env).filter((entry): entry is [string, string] => entry[1] !== undefined),
  );
}
