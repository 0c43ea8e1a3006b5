import { withWorkspace } from '../../../db/doors.ts';
import { listDestinations } from '../../../flow/send/destinations.ts';
import { page } from '../../page.ts';
import { readDestinations } from './facts.ts';

/** Where segments go, and whether they arrive. */
export const showDestinations = page({
  handle: async (request) => {
    const { workspace } = request;
    const found = await withWorkspace(request.web, workspace.id, async (scope) =>
      readDestinations(scope, await listDestinations(scope.db, workspace.id)),
    );
    const rows = found.map(({ row }) => row);
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
