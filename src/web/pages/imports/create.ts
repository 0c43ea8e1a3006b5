import { createWriteStream } from 'node:fs';
import { mkdir, rm } from 'node:fs/promises';
import path from 'node:path';
import { pipeline } from 'node:stream/promises';
import { z } from 'zod';
import { Invalid } from '../../../base/errors.ts';
import { withWorkspace } from '../../../db/doors.ts';
import { newId } from '../../../db/ids.ts';
import { createUpload, type Upload } from '../../../flow/collect/csv/uploads.ts';
import { uploadPath } from '../../../tasks/importing.ts';
import type { ViewAnswer } from '../../answers.ts';
import { audit } from '../../audit.ts';
import { LIMITS } from '../../limits.ts';
import { type PageContext, page, type Rejected, type UploadedFile } from '../../page.ts';

const CRUMBS = [{ label: 'Imports', href: '/imports' }, { label: 'New' }];

export const showNewImport = page({ handle: () => newImport({}) });

/** Keeps the file, looks it over, and goes on to what its columns mean. */
export const createImport = page({
  takesFile: true,
  body: z.strictObject({}),
  handle: async (request) => {
    if (!request.file) throw new Invalid([{ path: 'file', message: 'Choose a file.' }]);
    const upload = await keepFile(request, request.file);
    await audit(request, 'import.uploaded', { subject: upload.id, details: { file: upload.fileName } });
    return { redirect: `/imports/${upload.id}/mapping` };
  },
  invalid: (request) => newImport(request),
});

/** Its name on disk is ours; the name someone gave it is only shown. What is no table does not stay. */
async function keepFile(request: PageContext, file: UploadedFile): Promise<Upload> {
  const id = newId();
  const target = uploadPath(request.config, id);
  try {
    await mkdir(path.dirname(target), { recursive: true, mode: 0o700 });
    await pipeline(file.stream, createWriteStream(target, { mode: 0o600 }));
    return await withWorkspace(request.web, request.workspace.id, async ({ db, workspace }) => {
      const given = {
        workspaceId: workspace.id,
        id,
        path: target,
        fileName: file.name,
        createdBy: request.user.id,
      };
      return (await createUpload(db, given)).upload;
    });
  } catch (error) {
    await rm(target, { force: true });
    throw error;
  }
}

function newImport(rejected: Partial<Rejected>): ViewAnswer {
  const model = { megabytes: LIMITS.uploadBytes / 1_048_576 };
  return { view: 'imports/new', title: 'Upload a CSV', crumbs: CRUMBS, model, errors: rejected.errors ?? {} };
}
