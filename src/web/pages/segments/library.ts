import { z } from 'zod';
import { now } from '../../../base/clock.ts';
import { withWorkspace } from '../../../db/doors.ts';
import { findScoring } from '../../../flow/score/scoring.ts';
import { LIBRARY, MOST_ON_BY_DEFAULT, missingFor } from '../../../flow/segment/automatic/library.ts';
import { readLibraryData } from '../../../flow/segment/automatic/publish.ts';
import { switchSegment } from '../../../flow/segment/switching.ts';
import type { SegmentUse } from '../../../reports/segment-uses.sql.ts';
import { listSegmentsBySize } from '../../../reports/segments.sql.ts';
import { audit } from '../../audit.ts';
import { formatNumber } from '../../models/format.ts';
import { page } from '../../page.ts';
import { findInTheWay } from './in-use.ts';

/** Every entry of the library: who, why, what to try, and whether it is on, off, or without its data. */
export const showLibrary = page({
  handle: async (request) =>
    await withWorkspace(request.web, request.workspace.id, async ({ db, workspace }) => {
      const scoring = await findScoring(db, workspace.id, now());
      const known = await readLibraryData(db, workspace.id, scoring?.buyers ?? 0);
      const rows = new Map((await listSegmentsBySize(db, workspace.id)).map((row) => [row.key, row]));
      const entries = LIBRARY.map((entry) => {
        const row = rows.get(entry.key);
        const state = row ? (row.isEnabled ? 'on' : 'off') : 'missing';
        return {
          key: entry.key,
          href: state === 'on' ? `/segments/${entry.key}` : null,
          name: entry.name,
          who: entry.who,
          why: entry.why,
          advice: entry.advice,
          state,
          size: state !== 'on' ? '' : row?.size == null ? 'not counted yet' : formatNumber(row.size),
          missing: row
            ? null
            : (missingFor(entry, known) ?? 'Its data has come: it appears with the next scoring.'),
        };
      });
      return {
        view: 'segments/library',
        title: 'Library',
        crumbs: [{ label: 'Segments', href: '/segments' }, { label: 'Library' }],
        model: {
          canEdit: request.user.role !== 'viewer',
          most: MOST_ON_BY_DEFAULT,
          parts: [
            { title: 'On', entries: entries.filter((entry) => entry.state === 'on') },
            { title: 'Off', entries: entries.filter((entry) => entry.state === 'off') },
            { title: 'Without their data', entries: entries.filter((entry) => entry.state === 'missing') },
          ].filter((part) => part.entries.length > 0),
        },
      };
    }),
});

const HINDERING: SegmentUse['kind'][] = ['campaign', 'destination', 'segment'];

/** On or off: a noun, since a form posts things. */
export const switchEntry = page({
  params: z.strictObject({ key: z.string().max(200) }),
  body: z.strictObject({ to: z.enum(['on', 'off']) }),
  handle: async (request) => {
    const { key } = request.params;
    const { to } = request.body;
    const workspaceId = request.workspace.id;
    const refused = await withWorkspace(request.pipeline, workspaceId, async (scope) => {
      const wish = { key, title: 'Not switched off', kinds: HINDERING };
      const inTheWay = to === 'off' ? await findInTheWay(scope, wish) : null;
      if (!inTheWay) await switchSegment(scope.db, { workspaceId, key, to });
      return inTheWay;
    });
    if (refused) return refused;
    await audit(request, to === 'on' ? 'segment.switched-on' : 'segment.switched-off', { subject: key });
    const flash =
      to === 'on'
        ? 'Switched on: it is counted within a minute.'
        : 'Switched off: its members leave within a minute.';
    return { redirect: '/segments/library', flash };
  },
});
