import { and, eq, sql } from 'drizzle-orm';
import { z } from 'zod';
import { type Db, rowsOf } from '../../db/pool.ts';
import { segmentInsights, segments } from '../../db/schema/segment.ts';

/** One thing that was compared: held by so many members and so many of the others (of those looked at). */
const finding = z.object({
  group: z.enum(['trait', 'product', 'channel', 'source', 'event']),
  name: z.string(),
  value: z.string(),
  members: z.number().int(),
  others: z.number().int(),
  /** Share of members divided by share of everyone; null where nobody else has it. */
  ratio: z.number().nullable(),
  effect: z.number(),
  /** The chance, corrected for how many things were compared. */
  chance: z.number(),
});
export type Finding = z.infer<typeof finding>;

const money = z.object({
  people: z.number().int(),
  revenue: z.string(),
  orders: z.number().int(),
  buyers: z.number().int(),
  repeaters: z.number().int(),
  mailed: z.number().int(),
  openers: z.number().int(),
  clickers: z.number().int(),
});
export type Figures = z.infer<typeof money>;

const body = z.object({
  /** People in and not in the segment, and how many of each were looked at. */
  sample: z.object({
    members: z.number().int(),
    others: z.number().int(),
    lookedAtMembers: z.number().int(),
    lookedAtOthers: z.number().int(),
  }),
  compared: z.number().int(),
  findings: z.array(finding),
  inside: money,
  everyone: money,
  overlaps: z.array(z.object({ key: z.string(), both: z.number().int(), size: z.number().int() })),
  /** Of those who came in 30 to 90 days ago, how many had left within 30 days. */
  churn: z.object({ entered: z.number().int(), leftSoon: z.number().int() }),
});
export type InsightBody = z.infer<typeof body>;
export type Insights = InsightBody & { asOf: Date };

/** What was last worked out about a segment; null before the first time. */
export async function findInsights(db: Db, workspaceId: string, key: string): Promise<Insights | null> {
  const [row] = await db
    .select()
    .from(segmentInsights)
    .where(and(eq(segmentInsights.workspaceId, workspaceId), eq(segmentInsights.segmentKey, key)));
  return row ? { ...body.parse(row.body), asOf: row.asOf } : null;
}

/** Of a segment that was removed meanwhile nothing is kept. */
export async function keepInsights(
  db: Db,
  wish: { workspaceId: string; key: string; asOf: Date; body: InsightBody },
): Promise<void> {
  await db.execute(sql`
    insert into ${segmentInsights} (workspace_id, segment_key, as_of, body)
    select s.workspace_id, s.key, ${wish.asOf}::timestamptz, ${JSON.stringify(wish.body)}::jsonb
      from ${segments} s
     where s.workspace_id = ${wish.workspaceId} and s.key = ${wish.key} and s.removed_at is null
        on conflict (workspace_id, segment_key) do update set as_of = excluded.as_of, body = excluded.body`);
}

/** What the list of segments shows of each: money, twins, how long people stay. */
export type InsightLine = Pick<InsightBody, 'overlaps' | 'churn'> & { revenue: string; members: number };

const line = z.object({
  overlaps: body.shape.overlaps,
  churn: body.shape.churn,
  revenue: z.string(),
  members: z.number().int(),
});

/** By key of the segment. Grows with the number of segments, not of people. */
export async function listInsightLines(db: Db, workspaceId: string): Promise<Map<string, InsightLine>> {
  const rows = await rowsOf<{ key: string; line: unknown }>(
    db,
    sql`
    select i.segment_key as key,
           jsonb_build_object('overlaps', i.body -> 'overlaps', 'churn', i.body -> 'churn',
                              'revenue', i.body #> '{inside,revenue}', 'members', i.body #> '{sample,members}') as line
      from ${segmentInsights} i where i.workspace_id = ${workspaceId}`,
  );
  return new Map(rows.map((row) => [row.key, line.parse(row.line)]));
}
