import type { Item, MappedRecord } from '../../connectors/contract.ts';

/** Versions of our own begin so: what a full scan did not find any more. */
export const UNSEEN = 'unseen ';
/** And so: what was taken back, and is listed again in the words it had. */
const AGAIN = 'listed again ';
const MARK = 'unseenSince';

/** Says of a thing that its vendor does not list it any more, as the vendor itself would say that it is deleted. */
export function unseenItem(stream: string, externalId: string, since: Date): Item {
  return {
    stream,
    externalId,
    version: `${UNSEEN}${since.toISOString()}`,
    payload: { [MARK]: since.toISOString() },
  };
}

export function isUnseen({
  version,
  payload,
}: {
  version: string;
  payload: Record<string, unknown> | null;
}): boolean {
  return version.startsWith(UNSEEN) && payload !== null && MARK in payload;
}

export function listedAgain(
  stream: string,
  { externalId, payload }: Pick<Item, 'externalId' | 'payload'>,
  at: Date,
): Item {
  return { stream, externalId, version: `${AGAIN}${at.toISOString()}`, payload };
}

/** Traits that were taken back stand again from when their person was listed again, not from when they were said. */
export function dateAgain(version: string, records: MappedRecord[]): MappedRecord[] {
  if (!version.startsWith(AGAIN)) return records;
  const changedAt = new Date(version.slice(AGAIN.length));
  return records.map((record) => (record.type === 'person' ? { ...record, changedAt } : record));
}
