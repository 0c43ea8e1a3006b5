import { sql } from 'drizzle-orm';
import type { VendorTotal } from '../../connectors/contract.ts';
import { type Db, rowsOf } from '../../db/pool.ts';
import { sources } from '../../db/schema/collect.ts';
import { reconciliations } from '../../db/schema/collect-reconciliations.ts';
import { withTimes } from '../../db/times.ts';

export type Figure = VendorTotal['figure'];

/** One figure of one day, as the vendor counts it and as we do. `day` is '' for a state, `currency` for no money. */
export type Compared = {
  stream: string;
  figure: Figure;
  day: string;
  currency: string;
  theirs: string;
  ours: string;
  /** `moving`: the day is not over, or a state changes while it is asked. */
  state: 'equal' | 'moving' | 'drift';
};
export type Reconciliation = Compared & {
  sourceId: string;
  checkedAt: Date;
  /** Somebody knows why it differs, and it still differs by as much. */
  isKnown: boolean;
  /** By how much it differed when that was said, by whom and when. */
  known: { gap: string; by: string; at: Date } | null;
};
export type Drift = Reconciliation & { sourceName: string };

type Owner = { workspaceId: string; sourceId: string };

const KNOWN = sql`(r.state = 'drift' and r.known_gap is not distinct from r.theirs - r.ours) as "isKnown",
               r.known_gap::text as "knownGap", r.known_by as "knownBy", r.known_at as "knownAt"`;

/** May run twice. */
export async function upsertReconciliations(db: Db, owner: Owner, rows: Compared[], at: Date): Promise<void> {
  if (rows.length === 0) return;
  await db.execute(sql`
    insert into ${reconciliations}
           (workspace_id, source_id, stream, figure, day, currency, theirs, ours, state, checked_at)
    select ${owner.workspaceId}::uuid, ${owner.sourceId}::uuid, g.stream, g.figure, g.day, g.currency, g.theirs, g.ours,
           g.state, ${at.toISOString()}::timestamptz
      from json_to_recordset(${JSON.stringify(rows)}::json) as g
           (stream text, figure text, day text, currency text, theirs numeric, ours numeric, state text)
        on conflict (workspace_id, source_id, stream, figure, day, currency) do update
       set theirs = excluded.theirs, ours = excluded.ours, state = excluded.state, checked_at = excluded.checked_at`);
}

/** What was compared of a source, the newest day first; the primary key. */
export async function listReconciliations(db: Db, owner: Owner, since: string): Promise<Reconciliation[]> {
  return await readRows<Reconciliation>(
    db,
    sql`select r.source_id as "sourceId", r.stream, r.figure, r.day, r.currency, r.theirs::text as theirs,
               r.ours::text as ours, r.state, r.checked_at as "checkedAt", ${KNOWN}
          from ${reconciliations} r
         where r.workspace_id = ${owner.workspaceId} and r.source_id = ${owner.sourceId}
           and (r.day >= ${since} or r.day = '' or r.state = 'drift')
         order by r.day desc, r.figure, r.currency`,
  );
}

/** Every day that does not agree, of sources that are still there. */
export async function listDrifts(db: Db, workspaceId: string): Promise<Drift[]> {
  return await readRows<Drift>(
    db,
    sql`select r.source_id as "sourceId", s.name as "sourceName", r.stream, r.figure, r.day, r.currency,
               r.theirs::text as theirs, r.ours::text as ours, r.state, r.checked_at as "checkedAt", ${KNOWN}
          from ${reconciliations} r
          join ${sources} s on s.workspace_id = r.workspace_id and s.id = r.source_id and s.removed_at is null
         where r.workspace_id = ${workspaceId} and r.state = 'drift'
         order by r.day desc, s.name, r.figure
         limit 1000`,
  );
}

/** Those of them that warn: nobody has said that they know why. */
export async function listOpenDrifts(db: Db, workspaceId: string): Promise<Drift[]> {
  return (await listDrifts(db, workspaceId)).filter(({ isKnown }) => !isKnown);
}

type Stored = { knownGap: string | null; knownBy: string | null; knownAt: string | null };

async function readRows<Row extends Reconciliation>(db: Db, statement: ReturnType<typeof sql>) {
  const rows = await rowsOf<Omit<Row, 'checkedAt' | 'known'> & Stored & { checkedAt: string }>(db, statement);
  return withTimes(rows, 'checkedAt').map(({ knownGap, knownBy, knownAt, ...row }) => ({
    ...row,
    known: knownGap && knownBy && knownAt ? { gap: knownGap, by: knownBy, at: new Date(knownAt) } : null,
  })) as unknown as Row[];
}
