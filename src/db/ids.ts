import { hash, randomBytes } from 'node:crypto';
import { now } from '../base/clock.ts';

/** A new UUIDv7: ordered by time of creation, so that rows made together lie together. */
export function newId(at: Date = now()): string {
  const bytes = randomBytes(16);
  bytes.writeUIntBE(at.getTime(), 0, 6);
  bytes[6] = (bytes[6]! & 0x0f) | 0x70;
  bytes[8] = (bytes[8]! & 0x3f) | 0x80;
  return formatUuid(bytes);
}

/** Below every id made at or after an instant: rows made before it can be found by their primary key. */
export function lowestId(at: Date): string {
  const bytes = Buffer.alloc(16);
  bytes.writeUIntBE(at.getTime(), 0, 6);
  return formatUuid(bytes);
}

/** The first 128 bits of sha256 over the parts, as a uuid. Parts are joined by NUL, which no text of ours holds. */
export function hashId(...parts: string[]): string {
  return spellUuid(hash('sha256', parts.join('\u0000')));
}

function formatUuid(bytes: Buffer): string {
  return spellUuid(bytes.toString('hex'));
}

/** The first 32 digits. */
function spellUuid(hex: string): string {
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20, 32)}`;
}
