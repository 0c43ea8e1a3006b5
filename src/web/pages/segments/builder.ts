import { Invalid } from '../../../base/errors.ts';
import { type Scope, withWorkspace } from '../../../db/doors.ts';
import { listSources } from '../../../flow/collect/sources.ts';
import { previewDefinition } from '../../../flow/segment/preview.ts';
import { FACTS } from '../../../flow/segment/rules/fact-names.ts';
import { listSegments } from '../../../flow/segment/segments.ts';
import { describeDefinition } from '../../../flow/segment/words.ts';
import { listTopics } from '../../../flow/send/topics.ts';
import { countPeople } from '../../../reports/activity.sql.ts';
import { listEventNames, listPropertyNames, listTraitNames } from '../../../reports/dictionary.sql.ts';
import { loadPeopleRows } from '../../../reports/segment-members.sql.ts';
import { type GroupForm, placeOfIssue, ruleFromForm } from '../../forms/rule-form.ts';
import { formatDateTime, formatNumber, formatPercent } from '../../models/format.ts';
import { nameOf } from '../../models/people.ts';
import { builderModel, type Remarks } from '../../models/rule-builder.ts';
import type { Vocabulary } from '../../models/rule-controls.ts';
import type { PageContext } from '../../page.ts';

/** What the panel beside the rule says: a count, or why there is none. */
export type PreviewModel = {
  problem: string | null;
  count: string | null;
  share: string;
  asOf: string;
  words: string | null;
  sample: { href: string; name: string }[];
};

const NOTHING: PreviewModel = { problem: null, count: null, share: '', asOf: '', words: null, sample: [] };

/** The builder with what the rule language and the data say of the form; `issues` come from a refused save. */
export async function drawBuilder(request: PageContext, form: GroupForm, issues: Invalid['issues'] = []) {
  const counted =
    issues.length > 0
      ? { preview: NOTHING, remarks: remarksOf(form, issues) }
      : await countForm(request, form);
  return await withWorkspace(request.web, request.workspace.id, async (scope) => ({
    builder: builderModel(form, await vocabularyOf(scope), counted.remarks),
    preview: counted.preview,
    suggestions: {
      traits: await listTraitNames(scope.db, scope.workspace.id),
      events: await listEventNames(scope.db, scope.workspace.id),
      properties: await listPropertyNames(scope.db, scope.workspace.id),
    },
  }));
}

/** The builder before anybody typed: no count and no complaint. */
export async function drawUntouched(request: PageContext, form: GroupForm) {
  return await withWorkspace(request.web, request.workspace.id, async (scope) => ({
    builder: builderModel(form, await vocabularyOf(scope), { errors: {}, counts: {} }),
    preview: NOTHING,
  }));
}

/** Counts in a transaction of its own, which only reads. A rule that is not finished yet is no error, only no count. */
export async function countForm(
  request: PageContext,
  form: GroupForm,
): Promise<{ preview: PreviewModel; remarks: Remarks }> {
  const definition = ruleFromForm(form);
  try {
    return await withWorkspace(
      request.web,
      request.workspace.id,
      async (scope) => await countDefinition(scope, request, form, definition),
    );
  } catch (error) {
    if (!(error instanceof Invalid)) throw error;
    const first = error.issues[0];
    const preview = {
      ...NOTHING,
      problem: `Not a whole rule yet: ${first?.message ?? 'something is missing'}`,
    };
    return { preview, remarks: remarksOf(form, error.issues) };
  }
}

async function countDefinition(
  { db, workspace }: Scope,
  request: PageContext,
  form: GroupForm,
  definition: unknown,
) {
  const found = await previewDefinition(db, workspace, { definition });
  const people = await countPeople(db, workspace.id);
  const rows = await loadPeopleRows(db, workspace.id, found.sample);
  const eyes = { role: request.user.role, timezone: workspace.timezone, currency: workspace.currency };
  const counts = found.leaves.map(({ path, count }) => [placeOfIssue(form, path), formatNumber(count)]);
  return {
    remarks: { errors: {}, counts: Object.fromEntries(counts) },
    preview: {
      problem: null,
      count: `${formatNumber(found.count)} ${found.count === 1 ? 'person' : 'people'}`,
      share:
        people === 0
          ? 'nobody is known yet'
          : `${formatPercent(found.count / people)} of ${formatNumber(people)}`,
      asOf: formatDateTime(found.asOf, workspace.timezone),
      words: describeDefinition(definition),
      sample: rows.map((row) => ({ href: `/people/${row.profileId}`, name: nameOf(row, eyes) })),
    },
  };
}

function remarksOf(form: GroupForm, issues: Invalid['issues']): Remarks {
  return {
    errors: Object.fromEntries(issues.map(({ path, message }) => [placeOfIssue(form, path), message])),
    counts: {},
  };
}

async function vocabularyOf({ db, workspace }: Scope): Promise<Vocabulary> {
  const segments = await listSegments(db, workspace.id);
  const sources = await listSources(db, workspace.id);
  const topics = await listTopics(db, workspace.id);
  return {
    facts: Object.entries(FACTS).map(([value, { title }]) => ({ value, label: title })),
    segments: segments.map((one) => ({ value: one.key, label: one.name })),
    sources: sources.map((one) => ({ value: one.key, label: one.name })),
    topics: topics.map((one) => ({ value: one.key, label: one.name })),
  };
}
