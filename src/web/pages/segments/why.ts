import { z } from 'zod';
import { withWorkspace } from '../../../db/doors.ts';
import { listPins } from '../../../flow/segment/pins.sql.ts';
import { getSegment } from '../../../flow/segment/segments.ts';
import { loadTitles } from '../../../flow/segment/titles.ts';
import { explainMembership, type Why } from '../../../flow/segment/why.ts';
import { loadPeopleRows } from '../../../reports/segment-members.sql.ts';
import { decisionWords, pinRow } from '../../models/by-hand.ts';
import { formatDateTime } from '../../models/format.ts';
import { nameOf } from '../../models/people.ts';
import { takesModel, whyModel } from '../../models/why.ts';
import { page } from '../../page.ts';
import { colleagueNames } from './by-hand.ts';
import { showScores } from './rfm-scores.ts';

const params = z.strictObject({ key: z.string().max(200), profileId: z.guid() });

/** Why this person is here, or what it would take: the rule ticked and crossed, with what proves it. */
export const showWhy = page({
  params,
  handle: async (request) => {
    const names = await colleagueNames(request);
    return await withWorkspace(request.web, request.workspace.id, async ({ db, workspace }) => {
      const { key, profileId } = request.params;
      const segment = await getSegment(db, workspace.id, key);
      const titles = await loadTitles(db, workspace.id);
      const why = await explainMembership(db, workspace, { key, profileId, titles });
      const pins = await listPins(db, { workspaceId: workspace.id, segmentKey: key, profileId });
      const [row] = await loadPeopleRows(db, workspace.id, [profileId]);
      const eyes = { role: request.user.role, timezone: workspace.timezone, currency: workspace.currency };
      const person = row ? nameOf(row, eyes) : 'This person';
      const at = (moment: Date | null | undefined) =>
        moment ? formatDateTime(moment, workspace.timezone) : null;
      return {
        view: 'segments/why',
        title: why.member ? `Why ${person} is here` : `Why ${person} is not here`,
        crumbs: [
          { label: 'Segments', href: '/segments' },
          { label: segment.name, href: `/segments/${key}` },
          { label: 'Why' },
        ],
        model: {
          person,
          profileId,
          canEdit: request.user.role !== 'viewer',
          verdict: verdictOf(why, segment.name, at(why.asOf)),
          byHand: why.byHand ? decisionWords(why.byHand, names, eyes) : null,
          pin: pins[0] ? pinRow(pins[0], row, null, { names, eyes, segment }) : null,
          since: at(why.since),
          until: why.until ? `By itself this ${why.member ? 'ends' : 'begins'} on ${at(why.until)}.` : null,
          takes:
            why.nearest && !why.byHand
              ? takesModel({ nearest: why.nearest, sure: why.sure ?? false, before: why.before }, eyes)
              : null,
          tree: whyModel(why.tree, eyes),
          scores: await showScores({ db, workspace }, segment, { profileId, eyes }),
          personHref: `/people/${profileId}`,
          segmentHref: `/segments/${key}`,
        },
      };
    });
  },
});

function verdictOf({ member, byHand }: Why, name: string, asOf: string | null): string {
  if (byHand) return `is ${member ? 'in' : 'not in'} “${name}” by hand, as of ${asOf}.`;
  return `${member ? 'satisfies' : 'does not satisfy'} the rule of “${name}”, as of ${asOf}.`;
}
