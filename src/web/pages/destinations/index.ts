import { withWorkspace } from '../../../db/doors.ts';
import { getConnector } from '../../../flow/collect/sources.ts';
import { selectSegments } from '../../../flow/send/choices.sql.ts';
import { countMembers } from '../../../flow/send/destination-members.sql.ts';
import { listDestinationRuns, listDestinations } from '../../../flow/send/destinations.ts';
import { destinationRow } from '../../models/destinations.ts';
import { page } from '../../page.ts';

/** Where segments go, and whether they arrive. */
export const showDestinations = page({
  handle: async (request) => {
    const { workspace } = request;
    const rows = await withWorkspace(request.web, workspace.id, async ({ db }) => {
      const destinations = await listDestinations(db, workspace.id);
      const counts = await countMembers(db, workspace.id);
      const segments = await selectSegments(db, workspace.id);
      const found = [];
      for (const destination of destinations) {
        const [lastRun] = await listDestinationRuns(db, workspace.id, destination.id, 1);
        const segment =
          segments.find(({ key }) => key === destination.segmentKey)?.name ?? destination.segmentKey;
        found.push(
          destinationRow(destination, {
            connector: getConnector(destination.connector).name,
            segment,
            counts,
            lastRun,
          }),
        );
      }
      return found;
    });
    const add = { label: 'Add a destination', href: '/destinations/new', isPrimary: true };
    return {
      view: 'destinations/index',
      title: 'Destinations',
      actions: request.user.role === 'admin' ? [add] : [],
      model: {
        rows,
        canAdd: request.user.role === 'admin',
        attention: rows.filter((row) => row.message !== null),
      },
    };
  },
});
