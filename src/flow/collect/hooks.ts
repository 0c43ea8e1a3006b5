import { z } from 'zod';
import { ConnectorError, Invalid, NotFound } from '../../base/errors.ts';
import { log } from '../../base/log.ts';
import type { Connector, HookAnswer, HookRequest, Hooks, Item } from '../../connectors/contract.ts';
import { pastDeadlocks } from '../../db/deadlocks.ts';
import { withPlatform } from '../../db/doors.ts';
import type { Database, Db } from '../../db/pool.ts';
import { noteExamples } from './examples.ts';
import { noteHeard } from './heard.ts';
import { queueNotices } from './notices.sql.ts';
import { quarantineItems } from './quarantine.ts';
import { findSourceByHookToken, getConnector, openSettings, type Source } from './sources.ts';
import { storeItems } from './store.ts';
import { sortItems } from './sync-items.ts';
import { wakeCarry } from './wake.ts';

/**
 * Takes in what a vendor sends by itself. The connector verifies the raw bytes before anything is stored; the
 * answer is given after the commit, so a 2xx means that it is kept. A second delivery changes nothing and is
 * answered the same. Paused sources take webhooks too: vendors give up addresses that refuse.
 */
export async function receiveHook(
  database: Database,
  token: string,
  request: HookRequest,
): Promise<HookAnswer> {
  const source = await withPlatform(database, async (db) => await findSourceByHookToken(db, token));
  const connector = source && getConnector(source.connector);
  if (!source || !connector?.hooks) throw new NotFound('There is nothing at this address.');
  const verified = verify(connector.hooks, request, source);
  if ('answer' in verified) return verified.answer;
  await keepItems(database, source, connector, verified.items);
  return { status: 200, body: '{"success":true}', contentType: 'application/json' };
}

/** Whatever the sender got wrong is theirs to correct: never a fault of ours. */
function verify(
  hooks: Hooks<never>,
  request: HookRequest,
  source: Source,
): ReturnType<Hooks<never>['verify']> {
  try {
    return hooks.verify(request, openSettings(source));
  } catch (error) {
    if (!(error instanceof SyntaxError || error instanceof z.ZodError || error instanceof ConnectorError))
      throw error;
    log.warn({ source: source.id, err: error.name }, 'A webhook could not be read');
    throw new Invalid([{ path: '', message: 'The body is not what this connector expects.' }], {
      cause: error,
    });
  }
}

async function keepItems(
  database: Database,
  source: Source,
  connector: Connector,
  items: Item[],
): Promise<void> {
  const origin = { workspaceId: source.workspaceId, sourceId: source.id };
  const { good, refused } = sortItems(items);
  const keep = async (db: Db) => {
    await quarantineItems(db, origin, refused);
    // A connector that fills in what it is told has only been told of it: the item comes with the answer.
    if (connector.complete) await queueNotices(db, origin, good);
    else await storeItems(db, origin, good);
    if (connector.hasFieldMapping) await noteExamples(db, origin, good);
    if (items.length > 0) await noteHeard(db, origin);
  };
  await pastDeadlocks(async () => await database.db.transaction(keep));
  if (good.length > 0) wakeCarry(source.workspaceId);
}
