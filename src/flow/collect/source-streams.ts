import { and, eq } from 'drizzle-orm';
import { log } from '../../base/log.ts';
import type { Connector, Stream } from '../../connectors/contract.ts';
import type { Db } from '../../db/pool.ts';
import { sourceStreams } from '../../db/schema/collect.ts';
import type { Source } from './sources.ts';

/** A stream that is switched on, where its last run stopped, and whether no run has come to its end yet. */
export type OpenStream = { stream: Stream<never>; cursor: unknown; isNew: boolean };

/** The streams to read, in the connector's order. A connector that gained one since gets its row here. */
export async function listStreams(db: Db, source: Source, connector: Connector): Promise<OpenStream[]> {
  const { workspaceId, id: sourceId } = source;
  const rows = connector.streams.map((stream) => ({ workspaceId, sourceId, stream: stream.key }));
  await db.insert(sourceStreams).values(rows).onConflictDoNothing();
  const kept = await db
    .select()
    .from(sourceStreams)
    .where(and(eq(sourceStreams.workspaceId, workspaceId), eq(sourceStreams.sourceId, sourceId)));
  return connector.streams.flatMap((stream) => {
    const row = kept.find((one) => one.stream === stream.key);
    if (!row?.isEnabled) return [];
    const isNew = row.cursor === null && row.lastRunAt === null;
    return [{ stream, cursor: readCursor(source, stream, row.cursor), isNew }];
  });
}

/** A cursor that the connector does not understand any more begins anew: what is known is not stored twice. */
function readCursor(source: Source, stream: Stream<never>, stored: unknown): unknown {
  if (stored === null) return null;
  const parsed = stream.cursor.safeParse(stored);
  if (parsed.success) return parsed.data;
  log.warn({ source: source.id, stream: stream.key }, 'A cursor could not be read; the stream begins anew');
  return null;
}
