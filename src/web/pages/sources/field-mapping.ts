import { z } from 'zod';
import { Invalid, NotFound } from '../../../base/errors.ts';
import { type WebhookMapping, webhookMapping } from '../../../connectors/webhook/mapping.ts';
import { type Scope, withWorkspace } from '../../../db/doors.ts';
import { type Example, listExamples } from '../../../flow/collect/examples.ts';
import { setFieldMapping } from '../../../flow/collect/field-mapping.ts';
import { countQuarantine } from '../../../flow/collect/source-overview.sql.ts';
import { getConnector, getSource, openHookToken, type Source } from '../../../flow/collect/sources.ts';
import { startReplay } from '../../../tasks/replaying.ts';
import type { FieldErrors, ViewAnswer } from '../../answers.ts';
import { audit } from '../../audit.ts';
import {
  type FieldForm,
  fromFieldMapping,
  guessFieldForm,
  readFieldForm,
  toFieldMapping,
} from '../../forms/field-mapping-form.ts';
import { fieldMappingModel, pathsOf } from '../../models/field-mapping.ts';
import { type PageContext, page } from '../../page.ts';
import { crumbsOf, tabsOf } from './facts.ts';

const params = z.strictObject({ id: z.uuid() });
/** Any number of fields may come in, so each line is read by its place. */
const body = z.record(z.string().max(200), z.string().max(1_000));

/** What the fields of a source mean, beside the last messages and what they become. */
export const showFieldMapping = page({
  params,
  handle: async (request) =>
    await withWorkspace(request.web, request.workspace.id, async (scope) => {
      const { source, examples, mapping } = await readFields(scope, request.params.id);
      const paths = pathsOf(examples);
      const form = mapping
        ? fromFieldMapping(mapping, paths)
        : guessFieldForm(paths, scope.workspace.currency);
      return await drawFields(request, scope, {
        source,
        examples,
        mapping: mapping ?? tryMapping(form),
        form,
      });
    }),
});

/** Shows what the messages would become, or keeps the meaning and maps what is stored with it. */
export const saveFieldMapping = page({
  params,
  body,
  handle: async (request) => {
    const form = readFieldForm(request.body);
    const mapping = toFieldMapping(form);
    const { id } = request.params;
    if (request.body.action === 'preview')
      return await withWorkspace(request.web, request.workspace.id, async (scope) => {
        const { source, examples } = await readFields(scope, id);
        return await drawFields(request, scope, { source, examples, mapping, form });
      });
    const before = await withWorkspace(request.web, request.workspace.id, async (scope) => {
      const found = await readFields(scope, id);
      await setFieldMapping(scope.db, found.source, mapping);
      return found.mapping;
    });
    await audit(request, 'source.fields-mapped', { subject: id });
    const droppedTraits = Object.keys(before?.traits ?? {}).filter((name) => !(name in mapping.traits));
    startReplay(request.pipeline, { workspaceId: request.workspace.id, sourceId: id, droppedTraits });
    return {
      redirect: `/sources/${id}/mapping`,
      flash: 'Saved. What came in before is being read again with it.',
    };
  },
  invalid: async (request) =>
    await withWorkspace(request.web, request.workspace.id, async (scope) => {
      const { source, examples, mapping } = await readFields(scope, request.params.id);
      const form = readFieldForm(request.values);
      return await drawFields(request, scope, { source, examples, mapping, form, errors: request.errors });
    }),
});

/** Maps everything stored of a source again. */
export const replayOneSource = page({
  params,
  body: z.strictObject({}),
  handle: async (request) => {
    const { id } = request.params;
    await withWorkspace(request.web, request.workspace.id, ({ db, workspace }) =>
      getSource(db, workspace.id, id),
    );
    await audit(request, 'source.replayed', { subject: id });
    startReplay(request.pipeline, { workspaceId: request.workspace.id, sourceId: id });
    return {
      redirect: `/sources/${id}`,
      flash: 'What is stored is being read again. Nothing is asked of the vendor.',
    };
  },
});

/** What a guess comes to, where it comes to something. */
function tryMapping(form: FieldForm): WebhookMapping | null {
  try {
    return toFieldMapping(form);
  } catch (error) {
    if (error instanceof Invalid) return null;
    throw error;
  }
}

type Found = { source: Source; examples: Example[]; mapping: WebhookMapping | null };

async function readFields({ db, workspace }: Scope, id: string): Promise<Found> {
  const source = await getSource(db, workspace.id, id);
  if (!getConnector(source.connector).hasFieldMapping)
    throw new NotFound('The fields of this source have a fixed meaning.');
  const examples = await listExamples(db, { workspaceId: workspace.id, sourceId: source.id });
  return { source, examples, mapping: webhookMapping.safeParse(source.settings.mapping).data ?? null };
}

async function drawFields(
  request: Pick<PageContext, 'config'>,
  { db, workspace }: Scope,
  given: Found & { form: FieldForm; errors?: FieldErrors },
): Promise<ViewAnswer> {
  const { source, examples, form, mapping, errors = {} } = given;
  return {
    view: 'sources/mapping',
    title: source.name,
    crumbs: [...crumbsOf(source), { label: 'Fields' }],
    errors,
    model: {
      base: `/sources/${source.id}`,
      tabs: tabsOf(source, 'fields', await countQuarantine(db, source)),
      hookUrl: `${request.config.baseUrl}/hooks/${openHookToken(source) ?? ''}`,
      isNew: source.settings.mapping === undefined,
      ...fieldMappingModel(form, examples, { mapping, timezone: workspace.timezone }),
    },
  };
}
