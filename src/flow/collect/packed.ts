import { now } from '../../base/clock.ts';
import { readLine, writeLine } from '../../db/copying.ts';
import type { StoredItem } from './store.sql.ts';
import type { Origin } from './store.ts';

/**
 * Items as the lines of a COPY, and their ids with commas between. Thousands of items wait to be stored, and as
 * objects each collection of garbage would carry them about.
 */
export type PackedItems = { count: number; lines: Buffer; ids: string; subjects: string };

export function packItems({ workspaceId, sourceId }: Origin, items: StoredItem[]): PackedItems {
  const at = now().toISOString();
  const lines = items.map((one) =>
    writeLine([
      workspaceId,
      one.id,
      one.subject,
      sourceId,
      one.stream,
      one.externalId,
      one.version,
      one.json,
      at,
    ]),
  );
  return {
    count: items.length,
    lines: Buffer.from(lines.join('')),
    ids: items.map((item) => item.id).join(','),
    subjects: items.map((item) => item.subject).join(','),
  };
}

export function unpackItems({ lines }: PackedItems): StoredItem[] {
  return lines
    .toString()
    .split('\n')
    .slice(0, -1)
    .map((line) => {
      const [, id, subject, , stream, externalId, version, json] = readLine(line) as string[] & { length: 9 };
      return {
        id: id!,
        subject: subject!,
        stream: stream!,
        externalId: externalId!,
        version: version!,
        json: json!,
      };
    });
}
