import type { MappedRecord } from '../../connectors/contract.ts';

/** When a person came to be at the vendor, as their trait `createdAt` says; null where it says nothing. */
export function madeAtOf(records: MappedRecord[]): Date | null {
  for (const record of records) {
    if (record.type !== 'person') continue;
    const { createdAt } = record.traits;
    const at = typeof createdAt === 'string' ? new Date(createdAt) : null;
    if (at && !Number.isNaN(at.getTime())) return at;
  }
  return null;
}

/** Whether the vendor counts the person among its subscribers: one thing at least they agreed to get by mail. */
export function mayBeMailed(records: MappedRecord[]): boolean {
  return records.some(
    (record) =>
      record.type === 'person' &&
      record.consents.some(({ channel, state }) => channel === 'email' && state === 'granted'),
  );
}
