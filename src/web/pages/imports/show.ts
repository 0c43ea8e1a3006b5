import { z } from 'zod';
import { withWorkspace } from '../../../db/doors.ts';
import { listRefusedRows } from '../../../flow/collect/csv/refused.ts';
import { getUpload, type Upload } from '../../../flow/collect/csv/uploads.ts';
import { type CsvRow, writeCsv } from '../../csv.ts';
import { LIMITS } from '../../limits.ts';
import { importState, refusedModel } from '../../models/imports.ts';
import { type PageContext, page } from '../../page.ts';

const params = z.strictObject({ id: z.uuid() });
const DOWNLOAD_BATCH = 1_000;

/** How far an import is, what came of it, and the rows that were set aside. */
export const showImport = page({
  params,
  query: z.strictObject({ after: z.coerce.number().int().min(0).optional() }),
  handle: async (request) => {
    const { params, query, web, workspace } = request;
    return await withWorkspace(web, workspace.id, async ({ db }) => {
      const upload = await getUpload(db, workspace.id, params.id);
      const limit = LIMITS.rowsPerPage;
      const refused = await listRefusedRows(db, upload, { afterLine: query.after ?? 0, limit: limit + 1 });
      const base = `/imports/${upload.id}`;
      const model = {
        ...importState(upload, workspace.timezone),
        refused: refused.slice(0, limit).map(refusedModel),
        next: refused.length > limit ? `${base}?after=${refused[limit - 1]!.line}` : null,
        first: query.after ? base : null,
      };
      const actions = [{ label: 'Upload another', href: '/imports/new' }];
      return {
        view: 'imports/show',
        title: upload.fileName,
        crumbs: [{ label: 'Imports', href: '/imports' }, { label: 'Import' }],
        model,
        actions,
      };
    });
  },
});

/** The part of the page that moves while the import runs. */
export const showImportState = page({
  params,
  handle: async (request) => {
    const upload = await findUpload(request, request.params.id);
    return { fragment: 'imports/_state', model: importState(upload, request.workspace.timezone) };
  },
});

/** The rows set aside as a file, to be corrected and uploaded again. */
export const downloadRefused = page({
  params,
  handle: async (request) => {
    const upload = await findUpload(request, request.params.id);
    const body = writeCsv(['line', 'column', 'reason', 'row'], readRefused(request, upload));
    return { download: { name: `set-aside-${upload.id}.csv`, contentType: 'text/csv; charset=utf-8', body } };
  },
});

async function findUpload({ web, workspace }: PageContext, id: string): Promise<Upload> {
  return await withWorkspace(web, workspace.id, ({ db }) => getUpload(db, workspace.id, id));
}

async function* readRefused({ web, workspace }: PageContext, upload: Upload): AsyncGenerator<CsvRow> {
  for (let afterLine = 0; ; ) {
    const rows = await withWorkspace(web, workspace.id, ({ db }) =>
      listRefusedRows(db, upload, { afterLine, limit: DOWNLOAD_BATCH }),
    );
    for (const { line, path, reason, payload } of rows) yield [line, path, reason, JSON.stringify(payload)];
    if (rows.length < DOWNLOAD_BATCH) return;
    afterLine = rows.at(-1)!.line ?? Number.MAX_SAFE_INTEGER;
  }
}
