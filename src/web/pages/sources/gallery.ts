import { z } from 'zod';
import { listConnectors } from '../../../connectors/registry.ts';
import { withWorkspace } from '../../../db/doors.ts';
import { listSources } from '../../../flow/collect/sources.ts';
import { catalogueGroups, firstSteps } from '../../models/catalogue.ts';
import { page } from '../../page.ts';

const query = z.strictObject({ q: z.string().trim().max(100).default('') });

/** What can be connected, by what it is for, and what of it is there already. */
export const showGallery = page({
  query,
  handle: async (request) => {
    const { q } = request.query;
    const sources = await withWorkspace(request.web, request.workspace.id, ({ db, workspace }) =>
      listSources(db, workspace.id),
    );
    const connectors = listConnectors();
    return {
      view: 'sources/gallery',
      title: 'Connect a source',
      crumbs: [{ label: 'Sources', href: '/sources' }, { label: 'Connect' }],
      model: {
        q,
        groups: catalogueGroups(connectors, sources, q),
        first: q === '' ? firstSteps(connectors, sources) : [],
      },
    };
  },
});
