import { withWorkspace } from '../../../db/doors.ts';
import { listUploads } from '../../../flow/collect/csv/uploads.ts';
import { LIMITS } from '../../limits.ts';
import { importRow } from '../../models/imports.ts';
import { page } from '../../page.ts';

/** Files that were imported, the newest first. */
export const listImports = page({
  handle: async (request) => {
    const uploads = await withWorkspace(request.web, request.workspace.id, async ({ db, workspace }) =>
      listUploads(db, workspace.id, LIMITS.rowsPerPage),
    );
    const rows = uploads.map((upload) => importRow(upload, request.workspace.timezone));
    const actions = rows.length > 0 ? [{ label: 'Upload a CSV', href: '/imports/new', isPrimary: true }] : [];
    return { view: 'imports/index', title: 'Imports', model: { rows }, actions };
  },
});
