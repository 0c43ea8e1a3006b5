import { eq } from 'drizzle-orm';
import type { Database } from '../db/pool.ts';
import { users } from '../db/schema/staff.ts';
import { writeAudit } from './audit.ts';
import { isPassword } from './passwords.ts';
import { countTry, forgiveTry } from './throttle.ts';
import { TooManyTries } from './too-many-tries.ts';

/**
 * The id of the account whose e-mail and password these are, else null. Unknown, closed and wrong cannot be told
 * apart, by time neither. Throws TooManyTries, for a right password too, while an account or network waits.
 */
export async function checkCredentials(
  database: Database,
  given: { email: string; password: string; address: string },
): Promise<string | null> {
  const email = given.email.trim().toLowerCase();
  const tried = { account: email, address: given.address };
  const waitSeconds = await countTry(database, tried);
  if (waitSeconds > 0) throw new TooManyTries(waitSeconds);
  const [user] = await database.db.select().from(users).where(eq(users.email, email));
  const isRight = await isPassword(user && !user.isDisabled ? user.passwordHash : null, given.password);
  if (isRight) await forgiveTry(database, tried);
  else
    await writeAudit(database.db, {
      workspaceId: null,
      userId: user?.id ?? null,
      action: 'login.failed',
      address: given.address,
    });
  return isRight && user ? user.id : null;
}
