import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { z } from 'zod';

const alreadyThere = z.object({ code: z.literal('EEXIST') });

/** A secret kept in a file that only our account may read, made the first time it is asked for. */
export function readOrMakeFile(file: string, make: () => string): string {
  if (!existsSync(file)) makeOnce(file, make());
  return readFileSync(file, 'utf8').trim();
}

/** Puts another text in the place of a file in one step: there is a whole one at every moment. */
export function replaceFile(file: string, text: string): void {
  const draft = `${file}.draft`;
  writeFileSync(draft, `${text}\n`, { mode: 0o600, flush: true });
  renameSync(draft, file);
}

/** Of several processes that start together one makes it. */
function makeOnce(file: string, text: string): void {
  try {
    writeFileSync(file, `${text}\n`, { flag: 'wx', mode: 0o600 });
  } catch (error) {
    if (!alreadyThere.safeParse(error).success) throw error;
  }
}
