import type { Copy } from '../../db/copying.ts';
import type { Db } from '../../db/pool.ts';
import type { PackedItems } from './packed.ts';
import { type QuarantinedItem, quarantineItems } from './quarantine.ts';
import type { Origin, StoreCounts } from './store.ts';
import { COPY_RAW_EVENTS, queueNew } from './store-new.sql.ts';

/**
 * Keeps items of which none is known yet, as on the first reading of a stream. Where one is known after all it throws
 * a unique violation, and the transaction is over: `storeNamed` is for those.
 */
export async function storeNew(
  db: Db,
  copy: Copy,
  origin: Origin,
  { packed, refused }: { packed: PackedItems[]; refused: QuarantinedItem[] },
): Promise<StoreCounts> {
  const count = packed.reduce((sum, one) => sum + one.count, 0);
  const queued = await queueNew(db, origin, {
    ids: packed.map((one) => one.ids).join(','),
    subjects: packed.map((one) => one.subjects).join(','),
  });
  await copy(
    COPY_RAW_EVENTS,
    packed.map((one) => one.lines),
  );
  await quarantineItems(db, origin, refused);
  const fresh = queued.subjects - queued.known;
  return {
    read: count + refused.length,
    new: fresh,
    changed: count - fresh,
    unchanged: 0,
    quarantined: refused.length,
  };
}
