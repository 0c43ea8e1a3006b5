import { z } from 'zod';
import { withWorkspace } from '../../../db/doors.ts';
import { getSegment, type Segment } from '../../../flow/segment/segments.ts';
import type { ListedMember, MemberCursor } from '../../../reports/segment-members.sql.ts';
import { type CsvRow, writeCsv } from '../../csv.ts';
import { type Eyes, nameOf, unveilAddress } from '../../models/people.ts';
import { type PageContext, page } from '../../page.ts';
import { eyesOf, headsOf, params, query, readRows } from './members.ts';

const asked = z.strictObject({ asOf: query.shape.asOf, moved: query.shape.moved });

/** The members, or who moved, as a table for spreadsheets; what a viewer may not see is masked there too. */
export const exportSegment = page({
  params,
  query: asked,
  handle: async (request) => {
    const segment = await withWorkspace(
      request.web,
      request.workspace.id,
      async ({ db }) => await getSegment(db, request.workspace.id, request.params.key),
    );
    const { atHead } = headsOf(request.query);
    const header = ['Profile', 'Name', 'E-mail', 'Phone', 'Country', atHead, 'Orders', 'Net revenue'];
    const { moved } = request.query;
    return {
      download: {
        name: `${segment.key}${moved ? `-${moved}` : ''}.csv`,
        contentType: 'text/csv; charset=utf-8',
        body: writeCsv(header, memberCells(request, segment)),
      },
    };
  },
});

const BATCH = 1_000;

/** Page by page, so that a large segment never stands in memory. */
async function* memberCells(
  request: PageContext & { query: z.infer<typeof asked> },
  segment: Segment,
): AsyncGenerator<CsvRow> {
  const eyes = eyesOf(request);
  let after: MemberCursor | null = null;
  for (;;) {
    const part = { after, limit: BATCH };
    const rows: ListedMember[] = await withWorkspace(
      request.web,
      request.workspace.id,
      async (scope) => await readRows(scope, segment, request.query, part),
    );
    for (const row of rows) yield cellsOf(row, eyes);
    const last = rows.at(-1);
    if (rows.length < BATCH || !last) return;
    after = { at: last.at, profileId: last.profileId };
  }
}

function cellsOf(row: ListedMember, eyes: Eyes): CsvRow {
  return [
    row.profileId,
    row.name && nameOf(row, eyes),
    row.email && unveilAddress(row.email, eyes),
    row.phone && unveilAddress(row.phone, eyes),
    row.country,
    row.at,
    row.orders,
    row.netRevenue,
  ];
}
