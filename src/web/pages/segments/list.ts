import { z } from 'zod';
import { now } from '../../../base/clock.ts';
import { type Scope, withWorkspace } from '../../../db/doors.ts';
import { findScoring } from '../../../flow/score/scoring.ts';
import { listInsightLines } from '../../../flow/segment/insights.ts';
import { readSizesByDay } from '../../../reports/segment-trends.sql.ts';
import { listUses } from '../../../reports/segment-uses.sql.ts';
import { type ListedSegment, listSegmentsBySize } from '../../../reports/segments.sql.ts';
import { formatAgo, formatDateTime, plural } from '../../models/format.ts';
import { ailmentsOf } from '../../models/segment-health.ts';
import { browse, KINDS, type Knowledge, SORTS, type Wish } from '../../models/segment-list.ts';
import { gridModel } from '../../models/segments.ts';
import { page } from '../../page.ts';
import { countEveryone } from './everyone.ts';

const query = z.strictObject({
  q: z.string().trim().max(200).default(''),
  kind: z.enum(KINDS).default('all'),
  sort: z.enum(SORTS).default('size'),
});

/** Every segment to browse; the lifecycle grid and the RFM map are a line each, and open on demand. */
export const listSegmentsPage = page({
  query,
  handle: async (request) => {
    const { value: everyone, asOf } = await countEveryone(request, {});
    return await withWorkspace(request.web, request.workspace.id, async (scope) => {
      const canEdit = request.user.role !== 'viewer';
      return {
        view: 'segments/index',
        title: 'Segments',
        actions: canEdit
          ? [
              { label: 'New list', href: '/lists/new' },
              { label: 'New segment', href: '/segments/new', isPrimary: true },
            ]
          : [],
        model: {
          canEdit,
          ...(await listModel(scope, request.query, everyone?.people ?? 0)),
          sharesOf: everyone
            ? sharesOf(everyone.people, formatDateTime(asOf, scope.workspace.timezone))
            : null,
        },
      };
    });
  },
});

/** `people`: 0 while they are being counted; everyone is in one group of the lifecycle meanwhile. */
async function listModel({ db, workspace }: Scope, wish: Wish, people: number) {
  const at = now();
  const all = await listSegmentsBySize(db, workspace.id);
  const on = all.filter((row) => row.isEnabled);
  const scoring = await findScoring(db, workspace.id, at);
  const known: Knowledge = {
    at,
    people: people || sumOf(on.filter((row) => row.kind === 'lifecycle')),
    trends: await readSizesByDay(db, {
      workspaceId: workspace.id,
      zone: workspace.timezone,
      asOf: at,
      days: 30,
    }),
    lines: await listInsightLines(db, workspace.id),
    currency: workspace.currency,
  };
  return {
    ...browse(on, wish, known),
    freshness: freshnessOf(on, at),
    grid: scoring ? gridModel(on, known.people) : null,
    rfmReason: scoring && !scoring.cutPoints ? scoring.rfmReason : null,
    offCount: all.filter((row) => row.kind === 'library' && !row.isEnabled).length,
    attention: await attentionOf({ db, workspace }, on, known),
  };
}

function sharesOf(people: number, at: string): string {
  return `Shares are of ${plural(people, 'person', 'people')}, as of ${at}.`;
}

function sumOf(rows: ListedSegment[]): number {
  return rows.reduce((total, row) => total + (row.size ?? 0), 0);
}

/** Segments with something wrong; a pair of twins stands once. */
async function attentionOf({ db, workspace }: Scope, rows: ListedSegment[], known: Knowledge) {
  const used = new Set((await listUses(db, { workspaceId: workspace.id })).map((use) => use.key));
  const names = new Map(rows.map((row) => [row.key, row.name]));
  const told = new Set<string>();
  return rows.flatMap((row) => {
    const about = { at: known.at, names, line: known.lines.get(row.key), isUsed: used.has(row.key) };
    const ailments = ailmentsOf(row, about).filter(({ href }) => {
      const pair = href === null ? null : [href, hrefOf(row.key)].toSorted().join(' ');
      const isNew = pair === null || !told.has(pair);
      if (pair !== null) told.add(pair);
      return isNew;
    });
    return ailments.length > 0 ? [{ href: hrefOf(row.key), name: row.name, ailments }] : [];
  });
}

function hrefOf(key: string): string {
  return `/segments/${encodeURIComponent(key)}`;
}

function freshnessOf(rows: ListedSegment[], at: Date): string {
  const moments = rows.flatMap((row) => (row.asOf ? [row.asOf.getTime()] : []));
  if (moments.length === 0)
    return 'Not counted yet: the first counts appear within a minute of the first data.';
  const newest = new Date(Math.max(...moments));
  return `Counted ${formatAgo(newest, at)}. Segments refresh by themselves within a minute of a change.`;
}
