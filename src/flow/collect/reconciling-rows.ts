import { Invalid } from '../../base/errors.ts';
import type { Item, MappedRecord } from '../../connectors/contract.ts';
import type { Workspace } from '../../db/doors.ts';
import { hashId } from '../../db/ids.ts';
import type { Database } from '../../db/pool.ts';
import { openContext } from './connection.ts';
import type { Figure } from './reconciliations.sql.ts';
import { type Window, windowOfDay } from './reconciling.ts';
import { getConnector, openSettings, type Source } from './sources.ts';
import { subjectOf } from './store.ts';
import { readPages } from './sync-pages.ts';
import { madeAtOf, mayBeMailed } from './vendor-state.ts';

/** One record behind a figure: an order, a refund, a person. `key` is the same on both sides. */
export type Unit = {
  key: string;
  subject: string;
  externalId: string | null;
  value: string;
  currency: string;
};

/** What of a source is looked at: a figure and a day as they were compared. */
export type Wish = { stream: string; figure: Figure; day: string; currency: string };

/** What was read of a day. `isWhole` is false when there was more than a page can wait for. */
export type Reading = { units: Unit[]; read: number; unreadable: number; isWhole: boolean };

/** Who looks at a page waits no longer, and reads no longer list. */
const READ_MS = 45_000;
const MOST_ROWS = 20_000;

/** Some vendors list refunds beside the orders; both make what an order was worth. */
const REFUNDS = 'refunds';
const MONEY = new Set<Figure>(['net_revenue', 'refunds']);

/** The streams that hold what a figure counts. */
export function streamsFor(wish: Pick<Wish, 'stream' | 'figure'>): string[] {
  return MONEY.has(wish.figure) ? [wish.stream, REFUNDS] : [wish.stream];
}

/** Reads what the vendor has of a day and stores nothing. Throws ConnectorError when it does not answer. */
export async function readUnits(
  database: Database,
  workspace: Workspace,
  source: Source,
  wish: Wish,
): Promise<Reading> {
  const connector = getConnector(source.connector);
  const window = windowOfDay(wish.day);
  const context = { ...openContext(database, workspace, source), window };
  const settings = openSettings(source);
  // By thing: the newest version of it is read last, and stands.
  const bySubject = new Map<string, Unit[]>();
  const reading = { read: 0, unreadable: 0, isWhole: true };
  const endsAt = performance.now() + READ_MS;
  for (const stream of connector.streams.filter(({ key }) => streamsFor(wish).includes(key))) {
    const limits = { deadlineAt: endsAt + READ_MS };
    for await (const pages of readPages(stream.pull(context, null), limits, (page) => page)) {
      for (const item of pages.flatMap((page) => page.items)) {
        const records = mapOne(() => connector.map(item, settings));
        reading.read += 1;
        if (!records) reading.unreadable += 1;
        const subject = subjectOf({ workspaceId: source.workspaceId, sourceId: source.id }, item);
        bySubject.set(subject, unitsOf({ ...item, subject }, records ?? [], { ...wish, window }));
      }
      reading.isWhole = performance.now() < endsAt && bySubject.size < MOST_ROWS;
      if (!reading.isWhole) break;
    }
  }
  return { ...reading, units: [...bySubject.values()].flat() };
}

/** null: what would be set aside. */
function mapOne(map: () => MappedRecord[]): MappedRecord[] | null {
  try {
    return map();
  } catch (error) {
    if (error instanceof Invalid) return null;
    throw error;
  }
}

type Named = Pick<Item, 'externalId'> & { subject: string };

/** What of a record counts in the figure, on the day and in the currency that are looked at. */
function unitsOf(
  { subject, externalId }: Named,
  records: MappedRecord[],
  wish: Wish & { window: Window },
): Unit[] {
  const about = { subject, externalId, value: '1', currency: '' };
  return records.flatMap((record): Unit[] => {
    if (record.type === 'person') return isPersonOf(record, wish) ? [{ ...about, key: subject }] : [];
    if (record.type === 'spend' && wish.figure === 'spend')
      return record.day === wish.day && record.currency === wish.currency
        ? [{ ...about, key: record.campaignId, value: record.cost, currency: record.currency }]
        : [];
    if (record.type !== 'event' || !isWithin(record.occurredAt, wish.window)) return [];
    const sign = SIGNS[wish.figure]?.[record.name];
    if (sign === undefined) return [];
    const unit = { ...about, key: hashId(subject, record.key) };
    if (!MONEY.has(wish.figure)) return [unit];
    const { value = '0', currency = '' } = record;
    return currency === wish.currency ? [{ ...unit, value: `${sign}${value}`, currency }] : [];
  });
}

/** Which events make a figure, and with which sign. */
const SIGNS: Partial<Record<Figure, Record<string, '' | '-'>>> = {
  orders: { order_placed: '' },
  net_revenue: { order_placed: '', order_refunded: '-' },
  refunds: { order_refunded: '' },
  sent: { email_sent: '' },
};

function isPersonOf(record: MappedRecord, { figure, day, window }: Wish & { window: Window }): boolean {
  if (figure === 'subscribers') return mayBeMailed([record]);
  if (figure !== 'people') return false;
  const madeAt = madeAtOf([record]);
  return day === '' || (madeAt !== null && isWithin(madeAt, window));
}

function isWithin(at: Date, { from, to }: Window): boolean {
  return at >= from && at < to;
}
