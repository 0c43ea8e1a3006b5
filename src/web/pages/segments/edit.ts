import { z } from 'zod';
import { Conflict, Invalid } from '../../../base/errors.ts';
import { withWorkspace } from '../../../db/doors.ts';
import { newId } from '../../../db/ids.ts';
import {
  createSegment,
  getSegment,
  removeSegment,
  type Segment,
  updateSegment,
} from '../../../flow/segment/segments.ts';
import { listSegmentUses } from '../../../reports/segments.sql.ts';
import type { PageAnswer, ViewAnswer } from '../../answers.ts';
import { audit } from '../../audit.ts';
import {
  applyAction,
  emptyRule,
  type Fields,
  formFromRule,
  type GroupForm,
  type RuleJson,
  readRuleForm,
  ruleFromForm,
} from '../../forms/rule-form.ts';
import { type PageContext, page } from '../../page.ts';
import { countForm, drawBuilder, drawUntouched } from './builder.ts';

const params = z.strictObject({ key: z.string().max(200) });
/** Fields of the builder are as many as the rule has conditions; the rule language sets the limits. */
const body = z.record(z.string().max(300), z.string().max(20_000));

type State = { isEdit: boolean; key: string; name: string; form: GroupForm };

export const newSegment = page({
  handle: async (request) => {
    const answer = await drawForm(request, { isEdit: false, key: '', name: '', form: emptyRule() });
    // Nobody has typed anything yet, so nothing is wrong yet.
    return { ...answer, model: { ...answer.model, ...(await drawUntouched(request, emptyRule())) } };
  },
});

export const createSegmentPage = page({
  body,
  handle: async (request) =>
    await saved(request, { ...stateOf(request.body), isEdit: false }, async (state) => {
      const wish = {
        key: keyFrom(state.name),
        name: state.name,
        definition: ruleFromForm(state.form),
        userId: request.user.id,
      };
      const segment = await withWorkspace(
        request.web,
        request.workspace.id,
        async ({ db, workspace }) => await createSegment(db, workspace, wish),
      );
      await audit(request, 'segment.created', { subject: segment.key });
      return segment;
    }),
});

export const editSegment = page({
  params,
  handle: async (request) => {
    const segment = await withWorkspace(
      request.web,
      request.workspace.id,
      async ({ db, workspace }) => await getSegment(db, workspace.id, request.params.key),
    );
    const form = formFromRule(segment.definition as RuleJson);
    return await drawForm(request, { isEdit: true, key: segment.key, name: segment.name, form });
  },
});

export const updateSegmentPage = page({
  params,
  body,
  handle: async (request) =>
    await saved(
      request,
      { ...stateOf(request.body), isEdit: true, key: request.params.key },
      async (state) => {
        const patch = { name: state.name, definition: ruleFromForm(state.form), userId: request.user.id };
        const segment = await withWorkspace(
          request.web,
          request.workspace.id,
          async ({ db, workspace }) => await updateSegment(db, workspace, state.key, patch),
        );
        await audit(request, 'segment.changed', { subject: segment.key });
        return segment;
      },
    ),
});

/** The builder after one of its buttons, or only the count beside it. Nothing is written. */
export const previewSegmentPage = page({
  body,
  handle: async (request): Promise<PageAnswer> => {
    const state = stateOf(request.body);
    const form = applyAction(state.form, request.body.action ?? '');
    if (!request.isFragment) return await drawForm(request, { ...state, form });
    if (request.body.part === 'preview')
      return { fragment: 'segments/_preview', model: { preview: (await countForm(request, form)).preview } };
    return { fragment: 'segments/_builder', model: await drawBuilder(request, form) };
  },
});

export const removeSegmentPage = page({
  params,
  body: z.strictObject({}),
  handle: async (request) => {
    const { key } = request.params;
    await withWorkspace(request.web, request.workspace.id, async ({ db, workspace }) => {
      const uses = await listSegmentUses(db, { workspaceId: workspace.id, key });
      const destination = uses.find((use) => use.kind === 'destination');
      if (destination)
        throw new Conflict(
          `The destination “${destination.name}” relies on this segment. Remove that first.`,
        );
      await removeSegment(db, workspace.id, key);
    });
    await audit(request, 'segment.removed', { subject: key });
    return { redirect: '/segments', flash: 'Removed.' };
  },
});

/** What the rule language refuses comes back beside its condition, with every word that was typed. */
async function saved(
  request: PageContext,
  state: State,
  save: (state: State) => Promise<Segment>,
): Promise<PageAnswer> {
  if (state.name === '')
    return {
      ...(await drawForm(request, state, [{ path: 'name', message: 'Give the segment a name.' }])),
      status: 422,
    };
  try {
    const segment = await save(state);
    return {
      redirect: `/segments/${encodeURIComponent(segment.key)}`,
      flash: 'Saved. It is counted within a minute.',
    };
  } catch (error) {
    if (error instanceof Invalid) return { ...(await drawForm(request, state, error.issues)), status: 422 };
    if (error instanceof Conflict)
      return { ...(await drawForm(request, state, [{ path: 'name', message: error.message }])), status: 422 };
    throw error;
  }
}

async function drawForm(
  request: PageContext,
  state: State,
  issues: Invalid['issues'] = [],
): Promise<ViewAnswer> {
  const ofName = issues.find((issue) => issue.path === 'name' || issue.path === 'key');
  const ofRule = issues.filter((issue) => issue !== ofName);
  const back = state.isEdit ? `/segments/${encodeURIComponent(state.key)}` : '/segments';
  return {
    view: 'segments/edit',
    title: state.isEdit ? `Edit ${state.name}` : 'New segment',
    crumbs: [{ label: 'Segments', href: '/segments' }, { label: state.isEdit ? state.name : 'New' }],
    errors: ofName ? { name: ofName.message } : {},
    model: {
      ...(await drawBuilder(request, state.form, ofRule)),
      isEdit: state.isEdit,
      key: state.key,
      name: state.name,
      back,
      action: state.isEdit ? back : '/segments',
      problem: ofRule[0] ? `The rule cannot be saved yet: ${ofRule[0].message}` : null,
    },
  };
}

function stateOf(fields: Fields): State {
  return {
    isEdit: fields.isEdit === 'yes',
    key: fields.key ?? '',
    name: (fields.name ?? '').trim().slice(0, 200),
    form: readRuleForm(fields),
  };
}

/** `Tea lovers, lately` becomes `tea-lovers-lately`; a name without such letters gets a key of its own. */
function keyFrom(name: string): string {
  const plain = name
    .normalize('NFKD')
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-+|-+$/g, '')
    .slice(0, 80);
  return plain || `segment-${newId().slice(-8)}`;
}
