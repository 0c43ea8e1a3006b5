import { sql } from 'drizzle-orm';
import { afterAll, describe, expect, it } from 'vitest';
import { closeDatabase, openDatabase } from '../../../src/db/pool.ts';
import { refreshWorkspace } from '../../../src/flow/segment/refresh.ts';
import { createSegment } from '../../../src/flow/segment/segments.ts';
import { createWorkspace } from '../../setup/cast.ts';
import { createTestDatabase } from '../../setup/database.ts';
import { type Invented, insertCrowd } from './crowd.ts';

const start = new Date('2026-11-22T12:00:00Z');
const later = new Date(start.getTime() + 180 * 60_000);
const REST_MS = 300;

describe('a refresh that waits for its second connection', async () => {
  const { url } = await createTestDatabase();
  // In the product minutes: Postgres ends whoever rests longer than this in the middle of a transaction.
  const database = openDatabase(`${url}&idle_in_transaction_session_timeout=${REST_MS}`);
  afterAll(async () => await closeDatabase(database));

  it('may rest for longer than others', async () => {
    const workspace = await createWorkspace(database);
    // Enough of both that they are looked at apart: most on the first connection, those of the slow rule on the second.
    await insertCrowd(database, workspace, [...bought(7, 1_500), ...bought(14, 600)], start);
    for (const place of [1, 2, 3])
      await create(`quick-${place}`, {
        all: [{ event: 'order_placed', within: { last: '7d' } }, bucket(place)],
      });
    const sum = { property: 'price', op: 'gte', value: 0 };
    const paid = { event: 'order_placed', sum };
    await create('slow', { all: [paid, { event: 'order_placed', within: { last: '14d' } }] });
    await refresh(start);
    await database.db.execute(sql`
      create or replace function rule_number(value jsonb) returns numeric language plpgsql immutable as
        $$ begin perform pg_sleep(0.002); return 1; end $$`);
    expect(await refresh(later)).toMatchObject({ evaluated: 2_100 });

    async function create(key: string, definition: unknown): Promise<void> {
      await createSegment(database.db, workspace, { key, name: key, definition });
    }
    async function refresh(asOf: Date) {
      return await refreshWorkspace(database, workspace.id, { trigger: 'test', asOf });
    }
  });
});

/** People whose order comes to lie further back than so many days within the next two hours. */
function bought(days: number, count: number): Invented[] {
  return Array.from({ length: count }, (_, index) => ({
    traits: {},
    consents: [],
    hasEmail: true,
    events: [
      {
        name: 'order_placed',
        minutesAgo: days * 1440 - 90 - (index % 30),
        value: '10',
        properties: { price: 1 },
      },
    ],
  }));
}

function bucket(place: number) {
  return { bucket: [0, 90 + place] };
}
