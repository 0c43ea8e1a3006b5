import { createReadStream } from 'node:fs';
import { type FileHandle, mkdir, open, rename, rm } from 'node:fs/promises';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { guardFormula } from '../../base/formula.ts';

/** The mark by which spreadsheets know UTF-8. */
const BOM = '\uFEFF';
const END = '\r\n';

/**
 * Writes the file anew beside itself and puts it in its place in one step: whoever reads it meanwhile has the whole
 * one before. Lines that stay are copied as they are, so it is as well with a million of them.
 */
export async function rewrite(
  file: string,
  wish: { header: string; keeps: ((id: string) => boolean) | null; lines: string[] },
): Promise<void> {
  await mkdir(path.dirname(file), { recursive: true, mode: 0o700 });
  const draft = `${file}.${process.pid}.part`;
  try {
    const handle = await open(draft, 'w', 0o600);
    try {
      await handle.write(`${BOM}${wish.header}${END}`);
      if (wish.keeps) await copyLines(file, handle, wish.keeps);
      if (wish.lines.length > 0) await handle.write(wish.lines.map((line) => `${line}${END}`).join(''));
      await handle.sync();
    } finally {
      await handle.close();
    }
    await rename(draft, file);
  } finally {
    await rm(draft, { force: true });
  }
}

/** The first line, or null where there is no file. */
export async function readHeader(file: string): Promise<string | null> {
  const lines = createInterface({ input: await openToRead(file), crlfDelay: Number.POSITIVE_INFINITY });
  for await (const line of lines) return line.replace(BOM, '');
  return null;
}

/** One line: nothing in a cell ends it, and nothing is a formula. */
export function toLine(cells: unknown[]): string {
  return cells.map(toCell).join(',');
}

async function copyLines(file: string, into: FileHandle, keeps: (id: string) => boolean): Promise<void> {
  const lines = createInterface({ input: createReadStream(file), crlfDelay: Number.POSITIVE_INFINITY });
  let isHeader = true;
  let waiting = '';
  for await (const line of lines) {
    if (!isHeader && keeps(line.slice(0, line.indexOf(',')))) waiting += `${line}${END}`;
    isHeader = false;
    if (waiting.length > 1_000_000) {
      await into.write(waiting);
      waiting = '';
    }
  }
  await into.write(waiting);
}

async function openToRead(file: string) {
  const handle = await open(file, 'r');
  return handle.createReadStream();
}

function toCell(value: unknown): string {
  if (value === null || value === undefined) return '';
  const given = typeof value === 'object' ? JSON.stringify(value) : String(value);
  const text = guardFormula(given.replace(/[\r\n\u2028\u2029]+/g, ' '));
  return /[",]|^\s|\s$/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
