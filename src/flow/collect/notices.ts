import { z } from 'zod';
import { now } from '../../base/clock.ts';
import { ConnectorError, NotFound } from '../../base/errors.ts';
import { log } from '../../base/log.ts';
import type { Item } from '../../connectors/contract.ts';
import { withWorkspace } from '../../db/doors.ts';
import { checkLease, type Lease, withLease } from '../../db/leases.ts';
import type { Database } from '../../db/pool.ts';
import { lengthen, vary } from './budget.ts';
import { openContext } from './connection.ts';
import { dropNotice, findDueNotices, type Notice, postponeNotice } from './notices.sql.ts';
import { quarantineItems } from './quarantine.ts';
import { getConnector, getSource } from './sources.ts';
import { storeItems } from './store.ts';
import { sortItems } from './sync-items.ts';

const BATCH = 50;
/** Together about two days of trying; what the vendor does not tell by then is set aside. */
const MAX_TRIES = 12;
const FIRST_PAUSE_MS = 30_000;

const itemShape = z.object({
  stream: z.string(),
  externalId: z.string(),
  version: z.string().optional(),
  payload: z.record(z.string(), z.unknown()),
});

/** Asks the vendors for what webhooks only named, and stores it. Returns how many were filled in. */
export async function completeNotices(database: Database, workspaceId: string): Promise<number> {
  const filled = await withLease(database, { workspaceId, job: 'notices' }, async (lease) => {
    let done = 0;
    for (const notice of await findDueNotices(database.db, workspaceId, BATCH)) {
      if (await completeNotice(database, lease, notice)) done += 1;
    }
    return done;
  });
  return filled ?? 0;
}

async function completeNotice(database: Database, lease: Lease, notice: Notice): Promise<boolean> {
  const item: Item = itemShape.parse(notice.item);
  try {
    const full = await askVendor(database, lease.workspaceId, notice.sourceId, item);
    await keep(database, lease, notice, full);
    return true;
  } catch (error) {
    await giveUpOrWait(database, lease, notice, item, error);
    return false;
  }
}

async function askVendor(
  database: Database,
  workspaceId: string,
  sourceId: string,
  item: Item,
): Promise<Item> {
  const { source, workspace } = await withWorkspace(database, workspaceId, async ({ db, workspace }) => ({
    source: await getSource(db, workspaceId, sourceId),
    workspace,
  }));
  const { complete } = getConnector(source.connector);
  return complete ? await complete(openContext(database, workspace, source), item) : item;
}

async function keep(database: Database, lease: Lease, notice: Notice, item: Item): Promise<void> {
  const origin = { workspaceId: lease.workspaceId, sourceId: notice.sourceId };
  const { good, refused } = sortItems([item]);
  await database.db.transaction(async (db) => {
    await checkLease(db, lease);
    await storeItems(db, origin, good);
    await quarantineItems(db, origin, refused);
    await dropNotice(db, lease.workspaceId, notice.seq);
  });
}

/** What may pass is tried again, ever more seldom; what cannot is set aside with the vendor's reason. */
async function giveUpOrWait(
  database: Database,
  lease: Lease,
  notice: Notice,
  item: Item,
  error: unknown,
): Promise<void> {
  const isKnown = error instanceof ConnectorError || error instanceof NotFound;
  if (!isKnown) log.error({ err: error, source: notice.sourceId }, 'A webhook could not be filled in');
  const mayPass = !isKnown || (error instanceof ConnectorError && (error.retryable || error.needsReconnect));
  const origin = { workspaceId: lease.workspaceId, sourceId: notice.sourceId };
  const reason = isKnown ? error.message : 'It could not be filled in.';
  await database.db.transaction(async (db) => {
    await checkLease(db, lease);
    if (mayPass && notice.tries < MAX_TRIES) {
      const askedMs = error instanceof ConnectorError ? (error.retryAfterMs ?? 0) : 0;
      const pauseMs = Math.max(lengthen(askedMs), vary(FIRST_PAUSE_MS * 2 ** notice.tries));
      await postponeNotice(db, lease.workspaceId, notice.seq, new Date(now().getTime() + pauseMs));
    } else {
      await quarantineItems(db, origin, [{ ...item, path: '', reason }]);
      await dropNotice(db, lease.workspaceId, notice.seq);
    }
  });
}
