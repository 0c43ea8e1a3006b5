import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { Invalid } from '../../../base/errors.ts';

export type Encoding = 'utf-8' | 'utf-16le' | 'utf-16be' | 'windows-1252';

/** What one reading of the whole file tells: its fingerprint, length and encoding. */
export type FileFacts = { hash: string; bytes: number; encoding: Encoding };

/** Enough to see which bytes of the pairs are empty, little enough to look at every one. */
const SAMPLE_BYTES = 65_536;
const NO_TEXT = 'This is not a text file. Save the table as CSV and try again.';

/**
 * Reads a file once from end to end. UTF-8 is told by every byte of it being valid UTF-8: Latin-1 letters may
 * stand in the last line only.
 */
export async function inspectFile(path: string): Promise<FileFacts> {
  const hash = createHash('sha256');
  const utf8 = new Utf8Check();
  let sample = Buffer.alloc(0);
  let bytes = 0;
  for await (const chunk of createReadStream(path) as AsyncIterable<Buffer>) {
    hash.update(chunk);
    utf8.add(chunk);
    if (sample.length < SAMPLE_BYTES)
      sample = Buffer.concat([sample, chunk.subarray(0, SAMPLE_BYTES - sample.length)]);
    bytes += chunk.length;
  }
  if (bytes === 0) throw refuse('The file is empty.');
  return { hash: hash.digest('hex'), bytes, encoding: detectEncoding(sample, utf8.isValid()) };
}

/** By the byte order mark, else by empty bytes at every other place, else by whether it reads as UTF-8. */
export function detectEncoding(sample: Buffer, isUtf8: boolean): Encoding {
  if (isArchive(sample)) throw refuse(NO_TEXT);
  if (sample[0] === 0xff && sample[1] === 0xfe) return 'utf-16le';
  if (sample[0] === 0xfe && sample[1] === 0xff) return 'utf-16be';
  const [even, odd] = countEmpty(sample);
  const half = sample.length / 2;
  if (odd > half * 0.4 && even < half * 0.05) return 'utf-16le';
  if (even > half * 0.4 && odd < half * 0.05) return 'utf-16be';
  if (even + odd > 0) throw refuse(NO_TEXT);
  return isUtf8 ? 'utf-8' : 'windows-1252';
}

class Utf8Check {
  #decoder: TextDecoder | null = new TextDecoder('utf-8', { fatal: true });

  add(chunk: Uint8Array): void {
    this.#decode(chunk, { stream: true });
  }

  isValid(): boolean {
    this.#decode(new Uint8Array(), {});
    return this.#decoder !== null;
  }

  /** A byte that cannot be is the answer, not a fault. */
  #decode(chunk: Uint8Array, options: { stream?: boolean }): void {
    try {
      this.#decoder?.decode(chunk, options);
    } catch {
      this.#decoder = null;
    }
  }
}

function countEmpty(sample: Buffer): [number, number] {
  const counts: [number, number] = [0, 0];
  for (const [place, byte] of sample.entries()) if (byte === 0) counts[place % 2 === 0 ? 0 : 1]++;
  return counts;
}

/** zip (xlsx, numbers), gzip, the old Excel. */
function isArchive(sample: Buffer): boolean {
  const start = sample.subarray(0, 4).toString('hex');
  return start === '504b0304' || start.startsWith('1f8b') || start === 'd0cf11e0';
}

function refuse(message: string): Invalid {
  return new Invalid([{ path: 'file', message }]);
}
