import { now } from '../../base/clock.ts';
import { sha256 } from '../../base/secrets.ts';
import type { Item } from '../../connectors/contract.ts';
import { hashId } from '../../db/ids.ts';
import type { Db } from '../../db/pool.ts';
import { hashPayload } from './canonical.ts';
import { type Example, findExamples, upsertExamples } from './examples.sql.ts';

export type { Example } from './examples.sql.ts';

type Origin = { workspaceId: string; sourceId: string };

/** Deeper fields tell messages apart no more; a list of lines may be of any length. */
const DEPTH = 4;

/** Remembers the last item of each shape, for the page that says what the fields mean. */
export async function noteExamples(db: Db, origin: Origin, items: Item[]): Promise<void> {
  const byShape = new Map(items.map((item) => [shapeOf(item.payload), item]));
  const rows = [...byShape].map(([shape, item]) => ({ shape, rawEventId: rawEventIdOf(origin, item) }));
  if (rows.length > 0) await upsertExamples(db, origin, rows, now());
}

/** The last item of each shape, the newest first. One whose words were emptied since is left out. */
export async function listExamples(db: Db, origin: Origin): Promise<Example[]> {
  return await findExamples(db, origin);
}

function rawEventIdOf({ workspaceId, sourceId }: Origin, item: Item): string {
  const version = item.version ?? hashPayload(item.payload);
  return hashId(workspaceId, sourceId, item.stream, item.externalId, version);
}

/** The names of the fields, and what a message calls itself. */
function shapeOf(payload: Record<string, unknown>): string {
  const names = [...new Set(namesIn(payload, '', 0))].sort();
  return sha256(JSON.stringify(names)).slice(0, 32);
}

function namesIn(value: unknown, prefix: string, depth: number): string[] {
  if (typeof value !== 'object' || value === null || depth === DEPTH) return [prefix];
  return Object.entries(value).flatMap(([key, inner]) => {
    const name = `${prefix}.${Array.isArray(value) ? '*' : key}`;
    const isKind = (key === 'type' || key === 'event') && typeof inner === 'string';
    return isKind ? [`${name}=${inner.slice(0, 60)}`] : namesIn(inner, name, depth + 1);
  });
}
