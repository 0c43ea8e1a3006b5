import { z } from 'zod';
import { type Scope, withWorkspace } from '../../../db/doors.ts';
import { countReasons, selectMembers } from '../../../flow/send/destination-members.sql.ts';
import { type Destination, getDestination } from '../../../flow/send/destinations.ts';
import { destinationRunRow, memberRow, RHYTHM_CHOICES } from '../../models/destinations.ts';
import { formatNumber } from '../../models/format.ts';
import { type PageContext, page } from '../../page.ts';
import { readDestinations } from './facts.ts';

const params = z.strictObject({ id: z.guid() });
const SHOWN = 20;

/** One destination: who is there, who waits, what was refused and why, and its pushes. */
export const showDestination = page({
  params,
  handle: async (request) =>
    await withWorkspace(request.web, request.workspace.id, async (scope) => {
      const destination = await getDestination(scope.db, request.workspace.id, request.params.id);
      return {
        view: 'destinations/show',
        title: destination.name,
        crumbs: [{ label: 'Destinations', href: '/destinations' }, { label: destination.name }],
        model: await readModel(request, scope, destination),
      };
    }),
});

async function readModel({ user, config }: PageContext, scope: Scope, destination: Destination) {
  const { db, workspace } = scope;
  const [found] = await readDestinations(scope, [destination]);
  const target = { workspaceId: workspace.id, destinationId: destination.id };
  const members = await selectMembers(db, target, { states: ['refused'], limit: SHOWN });
  const reasons = await countReasons(db, target);
  return {
    base: `/destinations/${destination.id}`,
    row: found?.row,
    runs: (found?.runs ?? []).map((run) => destinationRunRow(run, workspace.timezone)),
    isRunning: found?.runs[0]?.status === 'running',
    isAdditiveOnly: destination.isAdditiveOnly,
    isPaused: destination.status === 'paused',
    everyMinutes: String(destination.everyMinutes ?? ''),
    rhythms: RHYTHM_CHOICES,
    tellsTrouble: destination.tellsTrouble,
    canMail: config.smtpUrl !== null,
    canChange: user.role === 'admin',
    reasons: reasons.map(({ reason, count }) => ({ reason, count: formatNumber(count) })),
    refused: members.map((one) => memberRow(one, user.role, workspace.timezone)),
    shown: SHOWN,
  };
}
