import { z } from 'zod';
import { now } from '../../../base/clock.ts';
import { withWorkspace } from '../../../db/doors.ts';
import { getConnector } from '../../../flow/collect/sources.ts';
import { refreshAddresses } from '../../../flow/send/addresses.ts';
import {
  countDifference,
  countLeftOut,
  selectAdds,
  selectRemoves,
  type Told,
} from '../../../flow/send/destination-difference.sql.ts';
import { countThere } from '../../../flow/send/destination-members.sql.ts';
import { audienceOf, getDestination, wishOf } from '../../../flow/send/destinations.ts';
import { membersOf } from '../../../flow/send/eligibility.sql.ts';
import { leftOutRows, whoOf } from '../../models/destinations.ts';
import { formatNumber } from '../../models/format.ts';
import { page } from '../../page.ts';
import { crumbsOf } from './facts.ts';

const FIRST = { after: null, limit: 10 };

/** What a push would do now, with a few of those it would tell of; nothing is sent, and no state changed. */
export const showDryRun = page({
  params: z.strictObject({ id: z.guid() }),
  handle: async (request) =>
    await withWorkspace(request.pipeline, request.workspace.id, async ({ db, workspace }) => {
      const destination = await getDestination(db, workspace.id, request.params.id);
      const connector = getConnector(destination.connector);
      const wish = wishOf(destination, connector);
      await refreshAddresses(db, workspace.id, membersOf(workspace.id, destination.segmentKey));
      const { adds, removes } = await countDifference(db, wish, now());
      const after = (await countThere(db, wish)) + adds - removes;
      const { minimum, noun } = audienceOf(connector);
      const drawn = (people: Told[]) =>
        people.map((one) => ({ href: `/people/${one.profile_id}`, who: whoOf(one, request.user.role) }));
      return {
        view: 'destinations/dry-run',
        title: 'Dry run',
        crumbs: [...crumbsOf(destination), { label: 'Dry run' }],
        model: {
          base: `/destinations/${destination.id}`,
          noun,
          adds: { count: formatNumber(adds), people: drawn(await selectAdds(db, wish, now(), FIRST)) },
          removes: { count: formatNumber(removes), people: drawn(await selectRemoves(db, wish, FIRST)) },
          after: formatNumber(Math.max(0, after)),
          advice: minimum && after < minimum.people ? minimum.advice : null,
          leftOut: leftOutRows(await countLeftOut(db, wish)),
        },
      };
    }),
});
