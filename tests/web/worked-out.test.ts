import { sql } from 'drizzle-orm';
import { beforeAll, describe, expect, test } from 'vitest';
import type { Workspace } from '../../src/db/doors.ts';
import { workedOut } from '../../src/web/worked-out.ts';
import { createWorkspace } from '../setup/cast.ts';
import { createTestDatabase, type TestDatabase } from '../setup/database.ts';

let base: TestDatabase;
let small: Workspace;
let large: Workspace;

beforeAll(async () => {
  base = await createTestDatabase();
  small = await createWorkspace(base.database, { name: 'Small' });
  large = await createWorkspace(base.database, { name: 'Large' });
  await addPeople(small, 100);
  await addPeople(large, 10_001);
});

async function addPeople({ id }: Workspace, people: number): Promise<void> {
  await base.database.db.execute(sql`
    insert into profiles (workspace_id, id, created_at, first_seen_at, last_seen_at)
    select ${id}::uuid, gen_random_uuid(), now(), now(), now() from generate_series(1, ${people}::int)`);
}

/** Work that counts how often it was done, and waits for `gate` if there is one. */
function counting(gate?: Promise<void>) {
  let times = 0;
  return workedOut(async (_scope, _wish: { part: string }) => {
    times += 1;
    const nth = times;
    await gate;
    return nth;
  });
}

describe('figures over everyone', () => {
  test('are counted anew for every page of a business with few people', async () => {
    const figures = counting();
    const request = { web: base.web, workspace: small };
    expect((await figures(request, { part: 'a' })).value).toBe(1);
    expect((await figures(request, { part: 'a' })).value).toBe(2);
  });

  test('are remembered for a minute where there are many, with the moment they are of', async () => {
    const figures = counting();
    const request = { web: base.web, workspace: large };
    const first = await untilKnown(() => figures(request, { part: 'a' }));
    const again = await figures(request, { part: 'a' });
    expect(again).toEqual(first);
    expect((await untilKnown(() => figures(request, { part: 'b' }))).value).toBe(2);
  });

  test('are said to be worked out until they are, and worked out once however many ask', async () => {
    let open = () => {};
    const gate = new Promise<void>((resolve) => {
      open = resolve;
    });
    const figures = counting(gate);
    const request = { web: base.web, workspace: large };
    const asked = await Promise.all([1, 2, 3].map(() => figures(request, { part: 'a' })));
    expect(asked.map(({ value }) => value)).toEqual([null, null, null]);
    open();
    expect((await untilKnown(() => figures(request, { part: 'a' }))).value).toBe(1);
  });

  test('may have run out of time, and say so in words', async () => {
    const figures = workedOut(async ({ db }) => {
      await db.execute(sql`set local statement_timeout = 20`);
      return await db.execute(sql`select pg_sleep(1)`).then(
        () => 'in time',
        () => 'too slow',
      );
    });
    for (const workspace of [small, large])
      expect((await untilKnown(() => figures({ web: base.web, workspace }, {}))).value).toBe('too slow');
  });

  test('are of one business only', async () => {
    const figures = workedOut(async ({ workspace }, _wish: object) => workspace.name);
    const other = await createWorkspace(base.database, { name: 'Another large one' });
    await addPeople(other, 10_001);
    await untilKnown(() => figures({ web: base.web, workspace: large }, {}));
    const found = await untilKnown(() => figures({ web: base.web, workspace: other }, {}));
    expect(found.value).toBe('Another large one');
  });

  test('that could not be worked out say why', async () => {
    const figures = workedOut(async (): Promise<number> => {
      throw new Error('Choose a later day.');
    });
    const request = { web: base.web, workspace: large };
    await expect(untilKnown(() => figures(request, {}))).rejects.toThrow('Choose a later day.');
    const after = counting();
    expect((await untilKnown(() => after(request, { part: 'a' }))).value).toBe(1);
  });
});

async function untilKnown<T extends { value: unknown }>(ask: () => Promise<T>): Promise<T> {
  for (;;) {
    const found = await ask();
    if (found.value !== null) return found;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
