import { readFileSync } from 'node:fs';
import path from 'node:path';
import { hash, verify } from '@node-rs/argon2';
import { Invalid } from '../base/errors.ts';

/** OWASP's least for argon2id. Each check costs some 50 ms of another thread, none of the event loop. */
const ARGON2ID = 2;
const COST = { algorithm: ARGON2ID, memoryCost: 19_456, timeCost: 2, parallelism: 1 };
const MIN_LENGTH = 12;
/** Long passphrases are welcome; a megabyte is an attack. */
const MAX_LENGTH = 256;
const common = readList();
let nobody: Promise<string> | undefined;

/** Throws Invalid at `path` unless the password is long enough and none of those that are tried first. */
export function checkPassword(password: string, at: string, personal: string[] = []): void {
  const message = faultOf(password, personal);
  if (message) throw new Invalid([{ path: at, message }]);
}

export async function hashPassword(password: string): Promise<string> {
  return await hash(password, COST);
}

/** Without a hash the time of a check passes all the same: nobody learns which accounts there are. */
export async function isPassword(stored: string | null, password: string): Promise<boolean> {
  if (password.length > MAX_LENGTH) return false;
  nobody ??= hashPassword('nobody has this password');
  const isRight = await verify(stored ?? (await nobody), password);
  return isRight && stored !== null;
}

function faultOf(password: string, personal: string[]): string | null {
  if (password.length < MIN_LENGTH)
    return `Use at least ${MIN_LENGTH} characters; a sentence is easy to remember.`;
  if (password.length > MAX_LENGTH) return `Use at most ${MAX_LENGTH} characters.`;
  const plain = password.toLowerCase();
  if (common.has(plain) || common.has(withoutTail(plain)))
    return 'This is one of the passwords that are tried first. Choose another.';
  if (new Set(plain).size < 5) return 'This repeats a few characters. Choose another.';
  if (personal.some((word) => word.length > 3 && withoutTail(plain) === word.toLowerCase()))
    return 'This is your name or address. Choose another.';
  return null;
}

/** `password123!` is as well known as `password`. */
function withoutTail(password: string): string {
  return password.replace(/[\d\W_]+$/, '');
}

function readList(): Set<string> {
  const lines = readFileSync(path.join(import.meta.dirname, 'common-passwords.txt'), 'utf8').split('\n');
  return new Set(lines.map((line) => line.trim()).filter((line) => line && !line.startsWith('#')));
}
