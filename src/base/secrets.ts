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
 * All cryptography of the product. One key for the installation; each use has its own, derived from it, so that
 * a signature can never be taken for a hash. Where the key comes from is the front door's business.
 */
let installationKey: Buffer | null = null;

const SEAL_VERSION = 'v1';
const IV_BYTES = 12;
const TAG_BYTES = 16;

/** Sets the key of the installation: at least 32 bytes. */
export function configureSecrets(key: Buffer): void {
  if (key.length < 32) throw new Error('The key of the installation must be at least 32 bytes long.');
  installationKey = key;
}

/**
 * Encrypts (AES-256-GCM). `context` says where the text belongs, `workspace/connection/field`: a sealed text
 * copied to another place does not open there.
 */
export function seal(plain: string, context: string): string {
  const iv = randomBytes(IV_BYTES);
  const cipher = createCipheriv('aes-256-gcm', deriveKey('seal'), iv);
  cipher.setAAD(Buffer.from(context));
  const text = Buffer.concat([cipher.update(plain, 'utf8'), cipher.final()]);
  return `${SEAL_VERSION}.${Buffer.concat([iv, cipher.getAuthTag(), text]).toString('base64url')}`;
}

/** Opens what `seal` made in the same context; throws when the key, the context or the text is another. */
export function open(sealed: string, context: string): string {
  const [version, body] = sealed.split('.');
  if (version !== SEAL_VERSION || !body) throw new Error('This is not a sealed text.');
  const bytes = Buffer.from(body, 'base64url');
  const decipher = createDecipheriv('aes-256-gcm', deriveKey('seal'), bytes.subarray(0, IV_BYTES), {
    authTagLength: TAG_BYTES,
  });
  decipher.setAAD(Buffer.from(context));
  decipher.setAuthTag(bytes.subarray(IV_BYTES, IV_BYTES + TAG_BYTES));
  try {
    return Buffer.concat([decipher.update(bytes.subarray(IV_BYTES + TAG_BYTES)), decipher.final()]).toString(
      'utf8',
    );
  } catch (cause) {
    throw new Error('A stored secret does not open: it was sealed with another SECRET_KEY, or moved.', {
      cause,
    });
  }
}

/** A hash that only this installation can make, in hex: recognises a text without keeping it. */
export function keyedHash(purpose: string, text: string): string {
  return createHmac('sha256', deriveKey(`hash/${purpose}`))
    .update(text)
    .digest('hex');
}

/** A signature (256 bit) that a link carries, so that it cannot be guessed or changed. */
export function sign(purpose: string, text: string): string {
  return createHmac('sha256', deriveKey(`sign/${purpose}`))
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

function deriveKey(purpose: string): Buffer {
  if (!installationKey) throw new Error('configureSecrets has not been called.');
  return Buffer.from(hkdfSync('sha256', installationKey, 'segments', purpose, 32));
}
