import {
  createCipheriv,
  createDecipheriv,
  createHash,
  createHmac,
  hkdfSync,
  randomBytes,
  timingSafeEqual,
} from 'node:crypto';

/**
 * All cryptography of the product. What is sealed is sealed with the key of the installation, which may be changed
 * while the product runs: each sealed text names its key. Hashes and signatures outlive such a change, as they lie
 * in the database and in messages already sent: beneath them is a root, kept sealed itself. Each use has a key of
 * its own, derived, so that a signature can never be taken for a hash. Where keys come from is the front door's
 * business.
 */
export type KeyRing = { current: Buffer; previous: Buffer[] };

let readRing: (() => KeyRing) | null = null;
let root: Buffer | null = null;

/** Sealed before keys had names: any of ours may open it. */
const UNNAMED = 'v1';
const NAMED = 'v2';
const IV_BYTES = 12;
const TAG_BYTES = 16;
const KEY_BYTES = 32;

/** Sets the key of the installation, at least 32 bytes, which is then the root too; or where to read its keys. */
export function configureSecrets(given: Buffer | (() => KeyRing)): void {
  if (Buffer.isBuffer(given) && given.length < KEY_BYTES)
    throw new Error('The key of the installation must be at least 32 bytes long.');
  readRing = Buffer.isBuffer(given) ? () => ({ current: given, previous: [] }) : given;
  root = Buffer.isBuffer(given) ? given : null;
}

/** Sets what hashes and signatures are made from. */
export function configureRoot(given: Buffer): void {
  root = given;
}

/** The keys of the installation, the one in use first. */
export function listKeys(): Buffer[] {
  if (!readRing) throw new Error('configureSecrets has not been called.');
  const { current, previous } = readRing();
  return [current, ...previous];
}

/** Eight signs that tell keys apart and say nothing of them. */
export function nameKey(key: Buffer): string {
  return deriveKey(key, 'name').toString('hex').slice(0, 8);
}

/** How every text begins that is sealed with this key. */
export function markOfKey(key: Buffer): string {
  return `${NAMED}.${nameKey(key)}.`;
}

/**
 * Encrypts (AES-256-GCM). `context` says where the text belongs, `workspace/connection/field`: a sealed text
 * copied to another place does not open there.
 */
export function seal(plain: string, context: string): string {
  const key = listKeys()[0]!;
  const iv = randomBytes(IV_BYTES);
  const cipher = createCipheriv('aes-256-gcm', deriveKey(key, 'seal'), iv);
  cipher.setAAD(Buffer.from(context));
  const text = Buffer.concat([cipher.update(plain, 'utf8'), cipher.final()]);
  return markOfKey(key) + Buffer.concat([iv, cipher.getAuthTag(), text]).toString('base64url');
}

/** Opens what `seal` made in the same context; throws when no key of ours fits, or context or text is another. */
export function open(sealed: string, context: string): string {
  const { name, body } = readSealed(sealed) ?? {};
  if (!body) throw new Error('This is not a sealed text.');
  const key = findOpener(sealed, context);
  if (key) return decipher(body, key, context);
  const other = name ? `another SECRET_KEY (named ${name})` : 'another SECRET_KEY';
  throw new Error(`A stored secret does not open: it was sealed with ${other}, or moved.`);
}

/** Which key of ours opens it; null when none does. */
export function findOpener(sealed: string, context: string): Buffer | null {
  const { name, body } = readSealed(sealed) ?? {};
  if (!body) return null;
  const fitting = listKeys().filter((key) => name === null || nameKey(key) === name);
  return fitting.find((key) => opens(body, key, context)) ?? null;
}

/** The name of the key it was sealed with; null for a text from before keys had names. */
export function keyOfSealed(sealed: string): string | null {
  return readSealed(sealed)?.name ?? null;
}

/** A hash that only this installation can make, in hex: recognises a text without keeping it. */
export function keyedHash(purpose: string, text: string): string {
  return createHmac('sha256', deriveKey(needRoot(), `hash/${purpose}`))
    .update(text)
    .digest('hex');
}

/** A signature (256 bit) that a link carries, so that it cannot be guessed or changed. */
export function sign(purpose: string, text: string): string {
  return createHmac('sha256', deriveKey(needRoot(), `sign/${purpose}`))
    .update(text)
    .digest('base64url');
}

export function isSigned(purpose: string, text: string, signature: string): boolean {
  const expected = Buffer.from(sign(purpose, text));
  const given = Buffer.from(signature);
  return expected.length === given.length && timingSafeEqual(expected, given);
}

/** 256 bits nobody can guess, fit for a URL. */
export function newToken(): string {
  return randomBytes(32).toString('base64url');
}

/** For what is random itself (tokens, keys) and for content: no key needed. */
export function sha256(text: string | Buffer): string {
  return createHash('sha256').update(text).digest('hex');
}

/** null for what is no sealed text. */
function readSealed(sealed: string): { name: string | null; body: Buffer } | null {
  const [version, ...parts] = sealed.split('.');
  const body = Buffer.from(parts.at(-1) ?? '', 'base64url');
  if (version === UNNAMED && parts.length === 1 && body.length > 0) return { name: null, body };
  if (version === NAMED && parts.length === 2 && body.length > 0) return { name: parts[0]!, body };
  return null;
}

function opens(body: Buffer, key: Buffer, context: string): boolean {
  try {
    decipher(body, key, context);
    return true;
  } catch {
    // The only way to learn that a key does not fit is to try it.
    return false;
  }
}

function decipher(bytes: Buffer, key: Buffer, context: string): string {
  const cipher = createDecipheriv('aes-256-gcm', deriveKey(key, 'seal'), bytes.subarray(0, IV_BYTES), {
    authTagLength: TAG_BYTES,
  });
  cipher.setAAD(Buffer.from(context));
  cipher.setAuthTag(bytes.subarray(IV_BYTES, IV_BYTES + TAG_BYTES));
  return Buffer.concat([cipher.update(bytes.subarray(IV_BYTES + TAG_BYTES)), cipher.final()]).toString(
    'utf8',
  );
}

function needRoot(): Buffer {
  if (!root) throw new Error('configureRoot has not been called.');
  return root;
}

function deriveKey(key: Buffer, purpose: string): Buffer {
  return Buffer.from(hkdfSync('sha256', key, 'segments', purpose, KEY_BYTES));
}
