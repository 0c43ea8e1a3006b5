import { now } from '../../../base/clock.ts';
import { withWorkspace } from '../../../db/doors.ts';
import { sortForReading, sourceRow } from '../../models/sources.ts';
import { page } from '../../page.ts';
import { readSources } from './facts.ts';

/** Every source with its health: what it brought last, how far it came, when it is fetched next. */
export const listSources = page({
  handle: async (request) => {
    const facts = await withWorkspace(request.web, request.workspace.id, readSources);
    const rows = sortForReading(facts, now()).map((one) => sourceRow(one, request.workspace.timezone, now()));
    return {
      view: 'sources/index',
      title: 'Sources',
      actions: [{ label: 'Connect a source', href: '/sources/new', isPrimary: true }],
      model: {
        rows,
        attention: rows.filter((row) => row.status.kind === 'bad'),
        hasConnected: facts.some((one) => (one.connector?.streams.length ?? 0) > 0 || one.connector?.hooks),
      },
    };
  },
});
