import { sql } from 'drizzle-orm';
import { beforeEach, describe, expect, test } from 'vitest';
import { z } from 'zod';
import { ConnectorError } from '../../../src/base/errors.ts';
import type { Connector, Page } from '../../../src/connectors/contract.ts';
import { addConnector } from '../../../src/connectors/registry.ts';
import type { Workspace } from '../../../src/db/doors.ts';
import { rowsOf } from '../../../src/db/pool.ts';
import { createSource, type Source } from '../../../src/flow/collect/sources.ts';
import { syncSource } from '../../../src/flow/collect/sync.ts';
import { findUnsyncedSources } from '../../../src/flow/collect/sync-due.sql.ts';
import { createWorkspace } from '../../setup/cast.ts';
import { createTestDatabase } from '../../setup/database.ts';
import { orchardConnector } from '../../vendors/orchard.ts';

const { database } = await createTestDatabase();
/** Apples by the day they were picked. The vendor forgot to tell some of them at first. */
let told: string[] = [];
let isBusy = false;

async function* pull(ctx: { window?: { from: Date; to: Date } | undefined }, cursor: unknown) {
  if (isBusy) throw new ConnectorError('It is busy', { retryable: true });
  const after = (cursor as { day: string } | null)?.day ?? '';
  const isIn = (day: string) =>
    ctx.window ? day >= iso(ctx.window.from) && day < iso(ctx.window.to) : day > after;
  const days = told.filter(isIn).toSorted();
  const items = days.map((day) => ({ stream: 'apples', externalId: day, version: '1', payload: { day } }));
  yield { items, cursor: { day: days.at(-1) ?? after } } satisfies Page;
}

function iso(at: Date): string {
  return at.toISOString().slice(0, 10);
}

addConnector({
  ...(orchardConnector as unknown as Connector),
  key: 'dated',
  streams: [
    {
      ...(orchardConnector.streams[0] as Connector['streams'][0]),
      cursor: z.object({ day: z.string() }),
      pull,
    },
  ],
});

let workspace: Workspace;
let source: Source;
const MAY = { from: new Date('2026-05-01'), to: new Date('2026-06-01') };

beforeEach(async () => {
  isBusy = false;
  told = ['2026-04-10', '2026-05-10', '2026-06-10'];
  workspace = await createWorkspace(database);
  const wish = { workspace, connector: 'dated', name: 'Orchard', settings: { baseUrl: 'x', apiKey: 'y' } };
  ({ source } = await createSource(database.db, wish));
  await syncSource(database, workspace.id, source.id, { trigger: 'manual' });
});

async function readStream() {
  const [row] = await rowsOf<Record<string, unknown>>(
    database.db,
    sql`select cursor, last_run_at, next_run_at from source_streams where workspace_id = ${workspace.id}`,
  );
  return row;
}

describe('some days of a source that are read once more', () => {
  test('bring what was missing, and the usual syncs go on from where they were', async () => {
    const before = await readStream();
    told.push('2026-05-20', '2026-04-20');
    const wish = { trigger: 'backfill', window: MAY } as const;
    const result = await syncSource(database, workspace.id, source.id, wish);
    expect(result).toMatchObject({ status: 'succeeded', read: 2, new: 1, unchanged: 1 });
    expect(await readStream()).toEqual(before);
    const [run] = await rowsOf<Record<string, string>>(
      database.db,
      sql`select trigger, window_from = '2026-05-01Z' as "from", window_to = '2026-06-01Z' as "to"
            from sync_runs where workspace_id = ${workspace.id} and id = ${result.run}`,
    );
    expect(run).toEqual({ trigger: 'backfill', from: true, to: true });
    told.push('2026-06-20');
    const next = await syncSource(database, workspace.id, source.id, { trigger: 'manual' });
    expect(next).toMatchObject({ read: 1, new: 1 });
  });

  test('move no schedule when the vendor fails, and say what to do', async () => {
    const before = await readStream();
    isBusy = true;
    const wish = { trigger: 'backfill', window: MAY } as const;
    const result = await syncSource(database, workspace.id, source.id, wish);
    expect(result).toMatchObject({
      status: 'failed',
      message: expect.stringMatching(/read these days once more/),
    });
    expect(await readStream()).toEqual(before);
  });

  test('do not stand for the sync of the night', async () => {
    await database.db.execute(sql`delete from sync_runs where workspace_id = ${workspace.id}`);
    const evening = new Date(Date.now() - 1_000);
    await syncSource(database, workspace.id, source.id, { trigger: 'backfill', window: MAY });
    expect(await findUnsyncedSources(database.db, workspace.id, evening)).toEqual([source.id]);
  });
});
