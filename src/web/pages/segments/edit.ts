import { z } from 'zod';
import { now } from '../../../base/clock.ts';
import { Conflict, Invalid } from '../../../base/errors.ts';
import { withWorkspace } from '../../../db/doors.ts';
import { refuseNamedCircle } from '../../../flow/segment/circles.ts';
import { lintRule } from '../../../flow/segment/lint/lint.ts';
import { parseDefinition } from '../../../flow/segment/rules/node.ts';
import {
  createSegment,
  getSegment,
  listSegments,
  removeSegment,
  type Segment,
  updateSegment,
} from '../../../flow/segment/segments.ts';
import { loadTitles } from '../../../flow/segment/titles.ts';
import type { PageAnswer, ViewAnswer } from '../../answers.ts';
import { audit } from '../../audit.ts';
import { focusAfter } from '../../forms/rule-focus.ts';
import {
  applyAction,
  emptyRule,
  type Fields,
  formFromRule,
  type RuleJson,
  ruleFromForm,
} from '../../forms/rule-form.ts';
import { checkKindsSeen, keyFrom, readSegmentForm, type SegmentForm } from '../../forms/segment-form.ts';
import { type PageContext, page } from '../../page.ts';
import { countForm, drawBuilder, drawUntouched } from './builder.ts';
import { findInTheWay } from './in-use.ts';

const params = z.strictObject({ key: z.string().max(200) });
/** Fields of the builder are as many as the rule has conditions; the rule language sets the limits. */
export const segmentBody = z.record(z.string().max(300), z.string().max(20_000));

export const newSegment = page({
  handle: async (request) => {
    const answer = await drawForm(request, { isEdit: false, key: '', name: '', form: emptyRule() });
    // Nobody has typed anything yet, so nothing is wrong yet.
    return { ...answer, model: { ...answer.model, ...(await drawUntouched(request, emptyRule())) } };
  },
});

export const createSegmentPage = page({
  body: segmentBody,
  handle: async (request) =>
    await saved(request, { ...readSegmentForm(request.body), isEdit: false }, async (state) => {
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
  body: segmentBody,
  handle: async (request) =>
    await saved(
      request,
      { ...readSegmentForm(request.body), isEdit: true, key: request.params.key },
      async (state) => {
        const isQuiet = request.body.how === 'quiet';
        const patch = {
          name: state.name,
          definition: ruleFromForm(state.form),
          userId: request.user.id,
          isQuiet,
        };
        const segment = await withWorkspace(request.web, request.workspace.id, async ({ db, workspace }) => {
          const all = await listSegments(db, workspace.id);
          refuseNamedCircle(all, { key: state.key, definition: patch.definition });
          return await updateSegment(db, workspace, state.key, patch);
        });
        await audit(request, 'segment.changed', { subject: segment.key, details: { isQuiet } });
        return segment;
      },
    ),
});

/** The builder after one of its buttons, or only the count beside it. Nothing is written. */
export const previewSegmentPage = page({
  body: segmentBody,
  handle: async (request): Promise<PageAnswer> => {
    const state = readSegmentForm(request.body);
    const form = applyAction(state.form, request.body.action ?? '');
    const focus = focusAfter(form, request.body.action ?? '');
    if (!request.isFragment) return await drawForm(request, { ...state, form, focus });
    if (request.body.part === 'preview')
      return {
        fragment: 'segments/_preview',
        model: { preview: (await countForm(request, { ...state, form })).preview },
      };
    return { fragment: 'segments/_builder', model: await drawBuilder(request, { ...state, form, focus }) };
  },
});

export const removeSegmentPage = page({
  params,
  body: z.strictObject({}),
  handle: async (request) => {
    const { key } = request.params;
    const refused = await withWorkspace(request.web, request.workspace.id, async (scope) => {
      const inTheWay = await findInTheWay(scope, {
        key,
        title: 'Not removed',
        kinds: ['destination', 'segment'],
      });
      if (!inTheWay) await removeSegment(scope.db, scope.workspace.id, key);
      return inTheWay;
    });
    if (refused) return refused;
    await audit(request, 'segment.removed', { subject: key });
    return { redirect: '/segments', flash: 'Removed.' };
  },
});

/** The key is made of the name, and no form asks for it. */
const TAKEN = 'There is or was a segment of this name. Choose another name.';

/** What the rule language refuses comes back beside its condition, with every word that was typed. */
async function saved(
  request: PageContext & { body: Fields },
  state: SegmentForm,
  save: (state: SegmentForm) => Promise<Segment>,
): Promise<PageAnswer> {
  if (state.name === '')
    return {
      ...(await drawForm(request, state, [{ path: 'name', message: 'Give the segment a name.' }])),
      status: 422,
    };
  try {
    checkKindsSeen(request.body);
    const segment = await save(state);
    return {
      redirect: `/segments/${encodeURIComponent(segment.key)}`,
      flash: `Saved. It is counted within a minute.${await oddities(request, state)}`,
    };
  } catch (error) {
    if (error instanceof Invalid) return { ...(await drawForm(request, state, error.issues)), status: 422 };
    if (error instanceof Conflict) {
      const message = state.isEdit ? error.message : TAKEN;
      return { ...(await drawForm(request, state, [{ path: 'name', message }])), status: 422 };
    }
    throw error;
  }
}

/** What is odd about the rule is said once more, and never in the way of saving it. */
async function oddities({ web, workspace }: PageContext, state: SegmentForm): Promise<string> {
  const node = parseDefinition(ruleFromForm(state.form));
  const titles = await withWorkspace(web, workspace.id, ({ db }) => loadTitles(db, workspace.id));
  const lints = lintRule(node, { asOf: now(), zone: workspace.timezone, titles });
  const said = lints.slice(0, 2).map(({ message }) => message);
  return said.length > 0 ? ` Worth a look: ${said.join(' ')}` : '';
}

/** The form as it stands; `issues` come from a refused save. */
export async function drawForm(
  request: PageContext,
  state: SegmentForm & { focus?: string },
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
      ...(await drawBuilder(request, state, ofRule)),
      isEdit: state.isEdit,
      key: state.key,
      name: state.name,
      back,
      action: state.isEdit ? back : '/segments',
      impactAction: state.isEdit ? `${back}/impact` : null,
      problem: ofRule[0] ? `The rule cannot be saved yet: ${ofRule[0].message}` : null,
    },
  };
}
