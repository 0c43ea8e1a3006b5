import { z } from 'zod';
import { withWorkspace } from '../../../db/doors.ts';
import { type Found, listAlarms, listMisplaced } from '../../../flow/segment/checks.sql.ts';
import { recountSegment } from '../../../flow/segment/checks.ts';
import { getSegment } from '../../../flow/segment/segments.ts';
import { loadPeopleRows } from '../../../reports/segment-members.sql.ts';
import { audit } from '../../audit.ts';
import { formatNumber } from '../../models/format.ts';
import type { Eyes } from '../../models/people.ts';
import { alarmModels, misplacedRow, wrongWords } from '../../models/segment-check.ts';
import { page } from '../../page.ts';

const params = z.strictObject({ key: z.string().max(200) });

/** Whom the last check of a segment found in the wrong place. */
export const showCheck = page({
  params,
  handle: async ({ web, workspace, user, params: { key } }) =>
    await withWorkspace(web, workspace.id, async ({ db }) => {
      const segment = await getSegment(db, workspace.id, key);
      const href = `/segments/${encodeURIComponent(segment.key)}`;
      const alarm = (await listAlarms(db, workspace.id)).find((one) => one.key === segment.key);
      const people = await listMisplaced(db, { workspaceId: workspace.id, key: segment.key });
      const ids = people.map((one) => one.profileId);
      const names = new Map((await loadPeopleRows(db, workspace.id, ids)).map((one) => [one.profileId, one]));
      const eyes: Eyes = { role: user.role, timezone: workspace.timezone, currency: workspace.currency };
      const wrong = alarm ? alarm.missing + alarm.surplus : 0;
      return {
        view: 'segments/check',
        title: 'Check',
        crumbs: [{ label: 'Segments', href: '/segments' }, { label: segment.name, href }, { label: 'Check' }],
        model: {
          href,
          canEdit: user.role !== 'viewer',
          words: alarm ? (alarmModels([alarm], workspace.timezone)[0]?.words ?? null) : null,
          rows: people.map((one) => misplacedRow(one, names.get(one.profileId), segment.key, eyes)),
          more: wrong > people.length ? formatNumber(wrong - people.length) : null,
        },
      };
    }),
});

/** From nothing, and looked at again: the alarm ends with a good check. */
export const recountSegmentPage = page({
  params,
  body: z.strictObject({}),
  handle: async (request) => {
    const { pipeline, workspace, params } = request;
    const done = await recountSegment(pipeline, workspace.id, params.key);
    await audit(request, 'segment.recounted', { subject: params.key });
    return {
      redirect: `/segments/${encodeURIComponent(params.key)}`,
      flash: `Computed anew: ${formatNumber(done.entered)} came in, ${formatNumber(done.left)} went out. ${outcomeOf(done.found)}`,
    };
  },
});

function outcomeOf(found: Found | null): string {
  if (!found) return 'The check is made again tonight.';
  return found.people.length > 0
    ? `The check still finds ${wrongWords(found)}.`
    : 'The check finds everybody in their place.';
}
