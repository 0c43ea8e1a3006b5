import type { MappedRecord } from '../../connectors/contract.ts';
import type { Db } from '../../db/pool.ts';
import { upsertContents, upsertMetrics, upsertSpend } from './aggregates.sql.ts';
import { canonicalJson, hashPayload } from './canonical.ts';

type Aggregate = Extract<MappedRecord, { type: 'spend' | 'content' | 'metric' }>;
/** A record that names nobody, and the source it came from. */
export type SourcedAggregate = { sourceId: string; record: Aggregate };

/** Keeps spend, posts and figures by day. Of the same day, campaign or post the last one given stands. */
export async function storeAggregates(db: Db, workspaceId: string, given: SourcedAggregate[]): Promise<void> {
  const spend = lastOfEach(given.flatMap(toSpend), (row) => [row.sourceId, row.day, row.campaignId]);
  const contents = lastOfEach(given.flatMap(toContent), (row) => [row.sourceId, row.externalId]);
  const metrics = lastOfEach(given.flatMap(toMetric), (row) => [row.sourceId, row.day, row.name, row.hash]);
  if (spend.length > 0) await upsertSpend(db, workspaceId, spend);
  if (contents.length > 0) await upsertContents(db, workspaceId, contents);
  if (metrics.length > 0) await upsertMetrics(db, workspaceId, metrics);
}

export function isAggregate(record: MappedRecord): record is Aggregate {
  return record.type === 'spend' || record.type === 'content' || record.type === 'metric';
}

function toSpend({ sourceId, record }: SourcedAggregate) {
  if (record.type !== 'spend') return [];
  const { type, key, ...row } = record;
  return [{ sourceId, ...row }];
}

function toContent({ sourceId, record }: SourcedAggregate) {
  if (record.type !== 'content') return [];
  const { type, key, publishedAt, ...row } = record;
  return [{ sourceId, ...row, publishedAt: publishedAt?.toISOString() ?? null }];
}

function toMetric({ sourceId, record }: SourcedAggregate) {
  if (record.type !== 'metric') return [];
  const dimensions = canonicalJson(record.dimensions);
  return [
    {
      sourceId,
      day: record.day,
      name: record.name,
      value: record.value,
      dimensions,
      hash: hashPayload(record.dimensions),
    },
  ];
}

function lastOfEach<Row>(rows: Row[], keyOf: (row: Row) => string[]): Row[] {
  return [...new Map(rows.map((row) => [keyOf(row).join('\u0000'), row])).values()];
}
