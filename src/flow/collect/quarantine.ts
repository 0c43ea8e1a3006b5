import { now } from '../../base/clock.ts';
import { hashId } from '../../db/ids.ts';
import type { Db } from '../../db/pool.ts';
import { canonicalJson } from './canonical.ts';
import { insertQuarantine, type QuarantineRow } from './quarantine.sql.ts';
import { toStorableJson, toStorableText } from './storable.ts';
import type { Origin } from './store.ts';

/** Something that could not be taken in: where in the file or body, why, and what it was. */
export type QuarantinedItem = {
  stream: string;
  /** Line of the file, 1 is the first after the header. */
  line?: number | undefined;
  /** The field at fault: `batch.3.userId`, `amount`. */
  path: string;
  /** A sentence for whoever has to correct it. */
  reason: string;
  payload: unknown;
  subject?: string | undefined;
};

/** Keeps what could not be taken in, with the reason. The same refusal of the same thing is kept once. */
export async function quarantineItems(db: Db, origin: Origin, items: QuarantinedItem[]): Promise<void> {
  if (items.length === 0) return;
  const scope = {
    ...origin,
    runId: origin.runId ?? null,
    uploadId: origin.uploadId ?? null,
    receivedAt: now(),
  };
  const rows = new Map(items.map((item) => toRow(origin, item)).map((row) => [row.id, row]));
  await insertQuarantine(db, scope, [...rows.values()]);
}

function toRow(origin: Origin, item: QuarantinedItem): QuarantineRow {
  const { workspaceId, sourceId } = origin;
  const place = [
    origin.runId ?? origin.uploadId ?? '',
    item.stream,
    String(item.line ?? ''),
    item.path,
    item.reason,
  ];
  return {
    id: hashId(
      'quarantine',
      workspaceId,
      sourceId,
      ...place,
      item.subject ?? '',
      canonicalJson(item.payload),
    ),
    subject: item.subject ?? null,
    stream: toStorableText(item.stream),
    line: item.line ?? null,
    path: toStorableText(item.path),
    reason: toStorableText(item.reason),
    payload: toStorableJson(item.payload),
  };
}
