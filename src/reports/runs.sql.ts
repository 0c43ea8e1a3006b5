import { sql } from 'drizzle-orm';
import { lowestId } from '../db/ids.ts';
import { type Db, rowsOf } from '../db/pool.ts';
import { sources, syncRuns, uploads } from '../db/schema/collect.ts';
import { refreshes } from '../db/schema/segment.ts';
import { campaigns } from '../db/schema/send.ts';
import { destinationRuns, destinations } from '../db/schema/send-destinations.ts';

export type RunKind = 'sync' | 'import' | 'refresh' | 'send' | 'push';

/** One piece of work of any kind. `rows` is what it handled: records, people evaluated, messages, people told. */
export type Run = {
  kind: RunKind;
  id: string;
  /** What it belongs to: a source, a destination; null where there is no page for it. */
  ownerId: string | null;
  title: string;
  status: string;
  message: string | null;
  rows: number;
  startedAt: Date;
  finishedAt: Date | null;
};

type Row = {
  kind: RunKind;
  id: string;
  owner_id: string | null;
  title: string;
  status: string;
  message: string | null;
  rows: string;
  started_at: Date | string;
  finished_at: Date | string | null;
};

/** Every sync, import, refresh, send and push, the newest first; a page by key. Each part is cut before they meet. */
export async function listRuns(
  db: Db,
  workspaceId: string,
  page: { before: Date; kind: RunKind | null; limit: number },
): Promise<Run[]> {
  const { limit } = page;
  const before = page.before.toISOString();
  // Ids are in order of time, a moment before the start: so the primary key finds the newest.
  const below = lowestId(new Date(page.before.getTime() + 1_000));
  const rows = await rowsOf<Row>(
    db,
    sql`
    with syncs as (
      select 'sync' as kind, r.id, r.source_id as owner_id, s.name as title, r.status, r.message, r.read as rows,
             r.started_at, r.finished_at
        from ${syncRuns} r join ${sources} s on s.workspace_id = r.workspace_id and s.id = r.source_id
       where r.workspace_id = ${workspaceId} and r.started_at < ${before} and r.id < ${below}
       order by r.id desc limit ${limit}
    ),
    imports as (
      select 'import' as kind, u.id, null::uuid as owner_id, u.file_name as title, u.status, u.message, u.rows,
             u.created_at as started_at, u.finished_at
        from ${uploads} u
       where u.workspace_id = ${workspaceId} and u.created_at < ${before} and u.status <> 'uploaded'
       order by u.created_at desc limit ${limit}
    ),
    recomputes as (
      select 'refresh' as kind, f.id, null::uuid as owner_id, 'Segments' as title, f.status, f.message, f.evaluated as rows,
             f.started_at, f.finished_at
        from ${refreshes} f
       where f.workspace_id = ${workspaceId} and f.started_at < ${before} and f.id < ${below}
       order by f.id desc limit ${limit}
    ),
    sends as (
      select 'send' as kind, c.id, c.id as owner_id, c.name as title, c.status, c.status_reason as message, 0::bigint as rows,
             c.started_at, c.finished_at
        from ${campaigns} c
       where c.workspace_id = ${workspaceId} and c.started_at < ${before}
       order by c.started_at desc limit ${limit}
    ),
    pushes as (
      select 'push' as kind, p.id, p.destination_id as owner_id, d.name as title, p.status, p.message,
             p.added + p.removed as rows, p.started_at, p.finished_at
        from ${destinationRuns} p
        join ${destinations} d on d.workspace_id = p.workspace_id and d.id = p.destination_id
       where p.workspace_id = ${workspaceId} and p.started_at < ${before} and p.id < ${below}
       order by p.id desc limit ${limit}
    ),
    runs as (
      select * from syncs union all select * from imports union all select * from recomputes
      union all select * from sends union all select * from pushes
    )
    select * from runs
     where ${page.kind}::text is null or kind = ${page.kind}
     order by started_at desc limit ${limit}`,
  );
  return rows.map(runOf);
}

/** One refresh; null where there is none. */
export async function findRefresh(db: Db, workspaceId: string, id: string): Promise<Run | null> {
  const [row] = await rowsOf<Row>(
    db,
    sql`select 'refresh' as kind, f.id, null::uuid as owner_id, 'Segments' as title, f.status, f.message,
               f.evaluated as rows, f.started_at, f.finished_at
          from ${refreshes} f where f.workspace_id = ${workspaceId} and f.id = ${id}`,
  );
  return row ? runOf(row) : null;
}

function runOf(row: Row): Run {
  return {
    kind: row.kind,
    id: row.id,
    ownerId: row.owner_id,
    title: row.title,
    status: row.status,
    message: row.message,
    rows: Number(row.rows),
    startedAt: new Date(row.started_at),
    finishedAt: row.finished_at === null ? null : new Date(row.finished_at),
  };
}
