import { z } from 'zod';
import { now } from '../../base/clock.ts';
import { ConnectorError } from '../../base/errors.ts';
import { withLease } from '../../db/leases.ts';
import type { Database, Db } from '../../db/pool.ts';
import { openSecret, sealSecret } from './settings.ts';
import { getSource, type Source, TOKEN_PREFIX } from './sources.ts';
import { writeSealed } from './tokens.sql.ts';

type Token = { value: string; expiresAt: Date };

/** A token is renewed this long before it ends, so that it holds for the request it is taken for. */
const MARGIN_MS = 60_000;
const RENEWAL_WAIT_MS = 60_000;
const stored = z.object({ value: z.string(), expiresAt: z.coerce.date() });

/**
 * A token that is still good, else a new one. Among all processes only one renews (by lease), and what the vendor
 * gave is stored sealed before anyone uses it: a vendor that rotates its tokens has then taken back the old one.
 */
export async function renewToken(
  database: Database,
  source: Source,
  name: string,
  renew: () => Promise<Token>,
): Promise<string> {
  const known = await findToken(database.db, source, name);
  if (known) return known;
  const wish = {
    workspaceId: source.workspaceId,
    job: `token:${source.id}:${name}`,
    waitMs: RENEWAL_WAIT_MS,
  };
  const value = await withLease(database, wish, async () => {
    const known = await findToken(database.db, source, name);
    if (known) return known;
    const token = await renew();
    await keepToken(database.db, source, name, token);
    return token.value;
  });
  if (value === null)
    throw new ConnectorError('The sign-in at the vendor is being renewed elsewhere and takes too long.', {
      retryable: true,
    });
  return value;
}

async function findToken(db: Db, source: Source, name: string): Promise<string | null> {
  const field = TOKEN_PREFIX + name;
  const { sealed } = await getSource(db, source.workspaceId, source.id);
  if (!sealed[field]) return null;
  const token = stored.parse(openSecret(sealed[field], field, scopeOf(source)));
  return token.expiresAt.getTime() - MARGIN_MS > now().getTime() ? token.value : null;
}

async function keepToken(db: Db, source: Source, name: string, token: Token): Promise<void> {
  const field = TOKEN_PREFIX + name;
  await writeSealed(db, source, field, sealSecret(token, field, scopeOf(source)));
}

function scopeOf(source: Source) {
  return { workspaceId: source.workspaceId, connectionId: source.id };
}
