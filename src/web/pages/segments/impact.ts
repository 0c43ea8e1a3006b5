import { z } from 'zod';
import { now } from '../../../base/clock.ts';
import { Conflict, Invalid } from '../../../base/errors.ts';
import { type Scope, withWorkspace } from '../../../db/doors.ts';
import { refuseNamedCircle } from '../../../flow/segment/circles.ts';
import { type Impact, listNaming, measureImpact } from '../../../flow/segment/impact.ts';
import { lintRule } from '../../../flow/segment/lint/lint.ts';
import { getSegment, listSegments, type Segment } from '../../../flow/segment/segments.ts';
import { loadTitles } from '../../../flow/segment/titles.ts';
import { compareDefinitions, describeVersion } from '../../../flow/segment/version-words.ts';
import { describeNode } from '../../../flow/segment/words.ts';
import { loadPeopleRows } from '../../../reports/segment-members.sql.ts';
import { listReactions } from '../../../reports/segment-reactions.sql.ts';
import type { PageAnswer } from '../../answers.ts';
import { type RuleJson, ruleFromForm } from '../../forms/rule-form.ts';
import {
  checkKindsSeen,
  hiddenFieldsOf,
  readSegmentForm,
  type SegmentForm,
} from '../../forms/segment-form.ts';
import { nameOf } from '../../models/people.ts';
import { differenceLines, impactModel, reactionModels } from '../../models/segment-impact.ts';
import { type PageContext, page } from '../../page.ts';
import { workedOut } from '../../worked-out.ts';
import { beingWorkedOut } from '../working.ts';
import { drawForm, segmentBody } from './edit.ts';

const params = z.strictObject({ key: z.string().max(200) });

/** Who enters and leaves by the rule in the form, and what reacts. Nothing is written yet. */
export const showImpact = page({
  params,
  body: segmentBody,
  handle: async (request): Promise<PageAnswer> => {
    const posted = { ...readSegmentForm(request.body), isEdit: true, key: request.params.key };
    try {
      checkKindsSeen(request.body);
      const definition = ruleFromForm(posted.form);
      const { value: impact } = await compareRules(request, { key: posted.key, definition });
      return await withWorkspace(request.web, request.workspace.id, async (scope) => {
        const segment = await getSegment(scope.db, scope.workspace.id, posted.key);
        const state = { ...posted, name: posted.name || segment.name };
        return impact
          ? await draw(scope, request, { segment, impact }, state)
          : waiting(request, segment, state);
      });
    } catch (error) {
      if (!(error instanceof Invalid)) throw error;
      return { ...(await drawForm(request, posted, error.issues)), status: 422 };
    }
  },
});

/** The page is made of a form: without one there is nothing to compare. */
export const impactNeedsForm = page({
  params,
  handle: ({ params: { key } }) => ({ redirect: `/segments/${encodeURIComponent(key)}/edit` }),
});

const compareRules = workedOut(
  async ({ db, workspace }, wish: { key: string; definition: RuleJson }): Promise<Impact> => {
    const segment = await getSegment(db, workspace.id, wish.key);
    if (segment.kind !== 'custom')
      throw new Conflict('An automatic segment cannot be edited. Build one of your own from it.');
    refuseNamedCircle(await listSegments(db, workspace.id), wish);
    return await measureImpact(db, workspace, wish);
  },
);

function waiting(request: PageContext, segment: Segment, state: SegmentForm): PageAnswer {
  const fields = hiddenFieldsOf(state);
  return beingWorkedOut(request, { ...headOf(segment), fields });
}

function headOf(segment: Segment) {
  const href = `/segments/${encodeURIComponent(segment.key)}`;
  const crumbs = [
    { label: 'Segments', href: '/segments' },
    { label: segment.name, href },
    { label: 'What changes' },
  ];
  return { title: `What changes in ${segment.name}`, crumbs };
}

async function draw(
  { db, workspace }: Scope,
  request: PageContext,
  { segment, impact }: { segment: Segment; impact: Impact },
  state: SegmentForm,
): Promise<PageAnswer> {
  const wish = { workspaceId: workspace.id, key: segment.key };
  const definition = ruleFromForm(state.form);
  const reactions = await listReactions(db, wish);
  const naming = await listNaming(db, workspace.id, segment.key);
  const titles = await loadTitles(db, workspace.id);
  const lints = lintRule(impact.node, { asOf: now(), zone: workspace.timezone, titles });
  const href = `/segments/${encodeURIComponent(segment.key)}`;
  const looks = { zone: workspace.timezone, currency: workspace.currency };
  return {
    view: 'segments/impact',
    ...headOf(segment),
    model: {
      ...impactModel(impact, await samplesOf(db, request, impact), looks),
      reactions: reactionModels(reactions, naming, { impact, canOpen: request.user.role === 'admin' }),
      lints: lints.map(({ message, advice }) => ({ message, advice })),
      before: describeVersion(segment.definition, titles),
      after: describeNode(impact.node, titles),
      lines: differenceLines(compareDefinitions(segment.definition, definition, titles)),
      fields: hiddenFieldsOf(state),
      action: href,
    },
  };
}

async function samplesOf(db: Scope['db'], request: PageContext, impact: Impact) {
  const { workspace, user } = request;
  const eyes = { role: user.role, timezone: workspace.timezone, currency: workspace.currency };
  const ids = [impact.entering, impact.leaving, impact.staying].flatMap(({ sample }) => sample);
  const rows = await loadPeopleRows(db, workspace.id, ids);
  const named = new Map(rows.map((row) => [row.profileId, nameOf(row, eyes)]));
  const people = (sample: string[]) =>
    sample.map((id) => ({ href: `/people/${id}`, name: named.get(id) ?? id }));
  return {
    entering: people(impact.entering.sample),
    leaving: people(impact.leaving.sample),
    staying: people(impact.staying.sample),
  };
}
