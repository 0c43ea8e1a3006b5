import { randomBytes } from 'node:crypto';
import type { Config } from '../base/config.ts';
import { Conflict } from '../base/errors.ts';
import { keysOf } from '../base/installation-key.ts';
import { log } from '../base/log.ts';
import {
  configureRoot,
  configureSecrets,
  findOpener,
  keyOfSealed,
  listKeys,
  nameKey,
} from '../base/secrets.ts';
import { withPlatform } from '../db/doors.ts';
import type { Installation } from '../db/installation.ts';
import { findRoot, isRootOurs, keepRoot, openRoot, replaceRoot } from '../db/installation-root.ts';
import { closeDatabase, type Database, openDatabase } from '../db/pool.ts';
import { workspaces } from '../db/schema/db.ts';
import { users } from '../db/schema/staff.ts';
import { eachBatch } from './sealed-places.ts';
import { countAll, readSealedState, textsOf } from './sealed-state.ts';

const ROOT_BYTES = 32;

/** Makes the keys of the installation ready for this process. Throws Conflict when they are not those of the data. */
export async function unlock(config: Config, installation: Installation): Promise<void> {
  configureSecrets(keysOf(config, installation));
  const database = openDatabase(installation.url, { name: 'segments-unlock', max: 1 });
  try {
    configureRoot(await readRoot(database));
  } finally {
    await closeDatabase(database);
  }
}

/** Says in the log, for whoever looks after the installation, that a key is still needed, or missing. */
export async function tellSealedState(database: Database): Promise<void> {
  const { previous, lost } = await readSealedState(database);
  if (previous > 0)
    log.warn(
      { values: previous },
      'Values are still sealed with the previous key: run `cli -- secrets rotate`',
    );
  if (lost.length > 0)
    log.error(
      { values: countAll(lost), lost },
      'Sealed values open with no key that is here: set their key as SECRET_KEY_PREVIOUS',
    );
}

/** Gives up a root whose key is lost for good. Throws Conflict while a key of ours opens it. */
export async function abandonRoot(database: Database): Promise<void> {
  const kept = await findRoot(database.db);
  if (kept && isRootOurs(kept))
    throw new Conflict('The key of this installation is here and fits. There is nothing to give up.');
  const root = (await findFirstKey(database)) ?? randomBytes(ROOT_BYTES);
  if (kept) await replaceRoot(database.db, root);
  else await keepRoot(database.db, root);
}

async function readRoot(database: Database): Promise<Buffer> {
  const kept = (await findRoot(database.db)) ?? (await keepRoot(database.db, await chooseRoot(database)));
  try {
    return openRoot(kept);
  } catch (cause) {
    throw new Conflict(describeMisfit(keyOfSealed(kept)), { cause });
  }
}

/**
 * A new installation gets a root of its own. In one that is older than roots, hashes and signatures were made from
 * the key itself: that one goes on as the root.
 */
async function chooseRoot(database: Database): Promise<Buffer> {
  if (await isUntouched(database)) return randomBytes(ROOT_BYTES);
  const first = await findFirstKey(database);
  if (first) return first;
  throw new Conflict(describeMisfit(null));
}

/** The key that was in use before there were roots: it opens what was sealed then. Null when none of ours does. */
async function findFirstKey(database: Database): Promise<Buffer | null> {
  let isAnySealed = false;
  for await (const batch of eachBatch(database)) {
    for (const { sealed, context } of textsOf(batch)) {
      if (batch.place.table === 'installation_keys') continue;
      const key = findOpener(sealed, context);
      if (key) return key;
      isAnySealed = true;
    }
  }
  // Nothing sealed to tell by: a key named as previous is the one from before.
  return isAnySealed ? null : listKeys().at(-1)!;
}

async function isUntouched(database: Database): Promise<boolean> {
  return await withPlatform(database, async (db) => {
    const [workspace] = await db.select({ id: workspaces.id }).from(workspaces).limit(1);
    const [user] = await db.select({ id: users.id }).from(users).limit(1);
    return !workspace && !user;
  });
}

function describeMisfit(sealedWith: string | null): string {
  const [current, ...previous] = listKeys().map(nameKey);
  const here = `The key in use is named ${current}; ${previous.length > 0 ? `as previous there is ${previous.join(', ')}` : 'there is no previous one'}.`;
  const sealedBy = sealedWith ? `sealed with a key named ${sealedWith}` : 'sealed with another key';
  return (
    `SECRET_KEY (or DATA_DIR/secret-key) is not the key of this database: its secrets were ${sealedBy}. ${here} ` +
    'Start with that key as SECRET_KEY, or as SECRET_KEY_PREVIOUS beside a new one. If it is lost for good: ' +
    'npm run cli -- secrets abandon --for-good'
  );
}
