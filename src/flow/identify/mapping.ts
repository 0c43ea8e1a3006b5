import { and, eq, inArray } from 'drizzle-orm';
import { Invalid } from '../../base/errors.ts';
import type { MappedRecord } from '../../connectors/contract.ts';
import { findConnector, listConnectors, loadConnectors } from '../../connectors/registry.ts';
import type { Scope } from '../../db/doors.ts';
import { sources } from '../../db/schema/collect.ts';
import type { RawEvent } from '../collect/pending.sql.ts';
import { quarantineItems } from '../collect/quarantine.ts';
import { openSettings, toSource } from '../collect/sources.ts';
import { dateAgain, isUnseen } from '../collect/unseen.ts';

/** A raw event in our words. */
export type MappedItem = { raw: RawEvent; records: MappedRecord[] };
export type Refused = { raw: RawEvent; path: string; reason: string };

/** What a full scan did not find any more; no connector is asked. */
const REMOVED: MappedRecord[] = [{ type: 'removed', key: '' }];

type MapItem = (raw: RawEvent) => MappedRecord[];

/** Lets each source's connector put its words into ours. What it cannot read goes to quarantine with the reason. */
export async function mapRawEvents(scope: Scope, raws: RawEvent[]): Promise<MappedItem[]> {
  const mappings = await loadMappings(scope, [...new Set(raws.map(({ sourceId }) => sourceId))]);
  const mapped: MappedItem[] = [];
  const refused: Refused[] = [];
  for (const raw of raws) {
    if (raw.payload === null) continue;
    try {
      const records = isUnseen(raw) ? REMOVED : dateAgain(raw.version, mappings.get(raw.sourceId)!(raw));
      mapped.push({ raw, records });
    } catch (error) {
      refused.push(...explain(raw, error));
    }
  }
  await quarantineRaw(scope, refused);
  return mapped;
}

/** Keeps what could not be taken in, beside the source it came from. */
export async function quarantineRaw({ db, workspace }: Scope, refused: Refused[]): Promise<void> {
  for (const [sourceId, rows] of Map.groupBy(refused, ({ raw }) => raw.sourceId)) {
    const items = rows.map(({ raw: { stream, payload, subject }, path, reason }) => ({
      stream,
      payload,
      subject,
      path,
      reason,
    }));
    await quarantineItems(db, { workspaceId: workspace.id, sourceId }, items);
  }
}

/** Removed sources too: what they brought before is still theirs. */
async function loadMappings({ db, workspace }: Scope, sourceIds: string[]): Promise<Map<string, MapItem>> {
  const mappings = new Map<string, MapItem>(
    sourceIds.map((id) => [id, refuse('The source is not known any more.')]),
  );
  if (sourceIds.length === 0) return mappings;
  // A process that forgot to load them would set everything aside.
  if (listConnectors().length === 0) await loadConnectors();
  const found = and(eq(sources.workspaceId, workspace.id), inArray(sources.id, sourceIds));
  for (const row of await db.select().from(sources).where(found))
    mappings.set(row.id, mappingOf(toSource(row)));
  return mappings;
}

/** Settings that no longer open (another SECRET_KEY) hold up their own source only. */
function mappingOf(source: ReturnType<typeof toSource>): MapItem {
  const connector = findConnector(source.connector);
  if (!connector) return refuse(`There is no connector called ${source.connector}.`);
  try {
    const settings = openSettings(source);
    return ({ stream, externalId, version, payload }) =>
      connector.map({ stream, externalId, version, payload: payload ?? {} }, settings);
  } catch (error) {
    return refuse(`The settings of the source cannot be read: ${wordsOf(error)}`);
  }
}

function refuse(reason: string): MapItem {
  return () => {
    throw new Invalid([{ path: '', message: reason }]);
  };
}

/** Invalid says which field; anything else is a fault of the mapping, and the item is kept until it is mended. */
function explain(raw: RawEvent, error: unknown): Refused[] {
  if (error instanceof Invalid) {
    const [first] = error.issues;
    return [{ raw, path: first?.path ?? '', reason: error.message }];
  }
  return [{ raw, path: '', reason: `It could not be read: ${wordsOf(error)}` }];
}

function wordsOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
