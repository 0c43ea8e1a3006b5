import { existsSync } from 'node:fs';
import { z } from 'zod';
import { Conflict, NotFound } from '../../../base/errors.ts';
import { withWorkspace } from '../../../db/doors.ts';
import { checkMapping } from '../../../flow/collect/csv/rows.ts';
import { readSample, type Sample, trySample } from '../../../flow/collect/csv/sample.ts';
import {
  getUpload,
  listMappings,
  setMapping,
  type Upload,
  type UploadKind,
} from '../../../flow/collect/csv/uploads.ts';
import { startImport, uploadPath } from '../../../tasks/importing.ts';
import type { FieldErrors, ViewAnswer } from '../../answers.ts';
import { audit } from '../../audit.ts';
import { fromMapping, type ImportForm, readForm, toMapping } from '../../forms/import-form.ts';
import { guessForm, guessKind } from '../../forms/import-guess.ts';
import { mappingModel } from '../../models/imports.ts';
import { type PageContext, page } from '../../page.ts';

/** Enough to tell what a column is, and that a mapping reads nothing at all. */
const SAMPLE_ROWS = 100;

const params = z.strictObject({ id: z.uuid() });
const kind = z.enum(['people', 'events']);
/** A file may have any number of columns, so its fields are read by their place. */
const fields = z.record(z.string(), z.string().max(500)).and(z.looseObject({ kind }));

/** What the columns of a file mean: as the last file with these columns was read, else as they look. */
export const showMapping = page({
  params,
  query: z.strictObject({ kind: kind.optional() }),
  handle: async (request) => {
    const { upload, sample } = await openFile(request, request.params.id);
    return mappingPage(
      request,
      upload,
      sample,
      await proposeForm(request, upload, sample, request.query.kind),
    );
  },
});

/** Sets the meaning and starts the import. */
export const createMapping = page({
  params,
  body: fields,
  handle: async (request) => {
    const { upload, sample } = await openFile(request, request.params.id);
    if (upload.status !== 'uploaded')
      throw new Conflict('This file is imported already. Upload it again to read it another way.');
    const form = readForm(request.body.kind, sample.columns, request.body);
    const map = toMapping(form);
    checkMapping(form.kind, map, sample.columns);
    trySample(sample, upload, { kind: form.kind, map, zone: request.workspace.timezone });
    const mapped = await withWorkspace(request.web, request.workspace.id, ({ db }) =>
      setMapping(db, upload, form.kind, map),
    );
    startImport(request.pipeline, mapped, uploadPath(request.config, upload.id));
    await audit(request, 'import.started', { subject: upload.id, details: { kind: form.kind } });
    return { redirect: `/imports/${upload.id}` };
  },
  invalid: async (request) => {
    const { upload, sample } = await openFile(request, request.params.id);
    const form = readForm(kind.catch('people').parse(request.values.kind), sample.columns, request.values);
    return mappingPage(request, upload, sample, form, request.errors);
  },
});

async function openFile(request: PageContext, id: string): Promise<{ upload: Upload; sample: Sample }> {
  const upload = await withWorkspace(request.web, request.workspace.id, ({ db, workspace }) =>
    getUpload(db, workspace.id, id),
  );
  const file = uploadPath(request.config, upload.id);
  if (!existsSync(file)) throw new NotFound('The file of this import is no longer here. Upload it again.');
  return { upload, sample: await readSample(upload, file, SAMPLE_ROWS) };
}

async function proposeForm(
  request: PageContext,
  upload: Upload,
  sample: Sample,
  wished: UploadKind | undefined,
): Promise<ImportForm> {
  const { web, workspace } = request;
  const before = await withWorkspace(web, workspace.id, ({ db }) => listMappings(db, upload));
  const last = before.find((one) => wished === undefined || one.kind === wished);
  if (last) return fromMapping(last.kind, sample.columns, last.map);
  return guessForm(wished ?? guessKind(sample), sample, workspace.currency);
}

function mappingPage(
  { workspace }: PageContext,
  upload: Upload,
  sample: Sample,
  form: ImportForm,
  errors: FieldErrors = {},
): ViewAnswer {
  return {
    view: 'imports/mapping',
    title: upload.fileName,
    crumbs: [{ label: 'Imports', href: '/imports' }, { label: 'Columns' }],
    model: mappingModel(upload, sample, form, workspace.timezone),
    errors,
  };
}
