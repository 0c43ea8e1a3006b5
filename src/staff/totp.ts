import { randomInt } from 'node:crypto';
import { and, eq, isNull, lt, or, sql } from 'drizzle-orm';
import { generateSecret, generateURI, verify } from 'otplib';
import { now } from '../base/clock.ts';
import { Invalid } from '../base/errors.ts';
import { newToken, open, seal, sha256 } from '../base/secrets.ts';
import { withPlatform } from '../db/doors.ts';
import type { Database } from '../db/pool.ts';
import { users } from '../db/schema/staff.ts';
import { endSessions } from './sessions.ts';
import { countTry, forgiveTry } from './throttle.ts';
import { TooManyTries } from './too-many-tries.ts';

const PERIOD_SECONDS = 30;
/** One step back or forth for a clock that is a little off. */
const TOLERANCE_SECONDS = 30;
const RECOVERY_CODES = 10;
/** Without 0, 1, i, l and o, which look alike on paper. */
const ALPHABET = 'abcdefghjkmnpqrstuvwxyz23456789';

/** A secret for an authenticator, sealed so that the form can carry it until a first code proves it. */
export function offerTotp(user: { id: string; email: string }): {
  secret: string;
  uri: string;
  offer: string;
} {
  const secret = generateSecret();
  const uri = generateURI({ issuer: 'Segments', label: user.email, secret });
  return { secret, uri, offer: seal(secret, `user/${user.id}/totp-offer`) };
}

/** The same secret again, when the form comes back. */
export function openOffer(
  user: { id: string; email: string },
  offer: string,
): { secret: string; uri: string; offer: string } {
  const secret = openSecret(user.id, offer);
  return { secret, uri: generateURI({ issuer: 'Segments', label: user.email, secret }), offer };
}

/** Turns the second factor on; the recovery codes are answered here and nowhere else again. */
export async function enableTotp(
  database: Database,
  given: { userId: string; offer: string; code: string },
): Promise<string[]> {
  const secret = openSecret(given.userId, given.offer);
  const step = await findStep(secret, given.code, null);
  if (step === null)
    throw new Invalid([
      { path: 'code', message: 'This code does not fit. Is the clock of your phone right?' },
    ]);
  const codes = Array.from({ length: RECOVERY_CODES }, makeRecoveryCode);
  const totpSealed = seal(secret, contextOf(given.userId));
  await withPlatform(database, async (db) => {
    const recoveryHashes = codes.map((code) => sha256(plain(code)));
    await db
      .update(users)
      .set({ totpSealed, totpMark: newToken(), totpLastStep: step, recoveryHashes })
      .where(eq(users.id, given.userId));
    await endSessions(db, given.userId);
  });
  return codes;
}

/** The place of an account's secret, as `seal` and `open` take it. */
export function contextOf(userId: string): string {
  return `user/${userId}/totp`;
}

export async function disableTotp(database: Database, userId: string): Promise<void> {
  await withPlatform(database, async (db) => {
    await db
      .update(users)
      .set({ totpSealed: null, totpMark: null, totpLastStep: null, recoveryHashes: [] })
      .where(eq(users.id, userId));
    await endSessions(db, userId);
  });
}

/** True once for each code of the authenticator and each recovery code. Throws TooManyTries like a password. */
export async function checkSecondFactor(
  database: Database,
  given: { userId: string; code: string; address: string },
): Promise<boolean> {
  const tried = { account: `totp ${given.userId}`, address: given.address };
  const waitSeconds = await countTry(database, tried);
  if (waitSeconds > 0) throw new TooManyTries(waitSeconds);
  const isRight = (await takeStep(database, given)) || (await takeRecoveryCode(database, given));
  if (isRight) await forgiveTry(database, tried);
  return isRight;
}

function openSecret(userId: string, offer: string): string {
  try {
    return open(offer, `user/${userId}/totp-offer`);
  } catch (cause) {
    throw new Invalid([{ path: '', message: 'This form is too old. Begin again.' }], { cause });
  }
}

/** The step is kept in the statement that checks it is newer: a code read over a shoulder is worth nothing. */
async function takeStep(
  database: Database,
  { userId, code }: { userId: string; code: string },
): Promise<boolean> {
  const [user] = await database.db.select().from(users).where(eq(users.id, userId));
  if (!user?.totpSealed) return false;
  const step = await findStep(open(user.totpSealed, contextOf(userId)), code, user.totpLastStep);
  if (step === null) return false;
  const taken = await database.db
    .update(users)
    .set({ totpLastStep: step })
    .where(and(eq(users.id, userId), or(isNull(users.totpLastStep), lt(users.totpLastStep, step))))
    .returning({ id: users.id });
  return taken.length > 0;
}

async function takeRecoveryCode(
  database: Database,
  { userId, code }: { userId: string; code: string },
): Promise<boolean> {
  const hash = sha256(plain(code));
  const taken = await database.db
    .update(users)
    .set({ recoveryHashes: sql`array_remove(${users.recoveryHashes}, ${hash})` })
    .where(and(eq(users.id, userId), sql`${hash} = any(${users.recoveryHashes})`))
    .returning({ id: users.id });
  return taken.length > 0;
}

async function findStep(secret: string, code: string, lastStep: number | null): Promise<number | null> {
  const token = code.replace(/\s+/g, '');
  if (!/^\d{6}$/.test(token)) return null;
  const epoch = Math.floor(now().getTime() / 1000);
  const after = lastStep === null ? {} : { afterTimeStep: lastStep };
  const result = await verify({ secret, token, epoch, epochTolerance: TOLERANCE_SECONDS, ...after });
  return result.valid ? Math.floor(epoch / PERIOD_SECONDS) + result.delta : null;
}

function makeRecoveryCode(): string {
  const letters = Array.from({ length: 15 }, () => ALPHABET[randomInt(ALPHABET.length)]).join('');
  return `${letters.slice(0, 5)}-${letters.slice(5, 10)}-${letters.slice(10)}`;
}

function plain(code: string): string {
  return code.toLowerCase().replace(/[^a-z0-9]/g, '');
}
