import { Invalid } from '../../../base/errors.ts';
import { type Scope, withWorkspace } from '../../../db/doors.ts';
import { listSources } from '../../../flow/collect/sources.ts';
import { hidesLint, type Lint, lintRule } from '../../../flow/segment/lint/lint.ts';
import { findUnheard } from '../../../flow/segment/lint/unheard.ts';
import { type DetailedPreview, previewInDetail } from '../../../flow/segment/preview.ts';
import { FACTS } from '../../../flow/segment/rules/fact-names.ts';
import { listSegments } from '../../../flow/segment/segments.ts';
import { loadTitles } from '../../../flow/segment/titles.ts';
import { findTwins } from '../../../flow/segment/twins.ts';
import { findRealDates } from '../../../flow/segment/window-dates.ts';
import { listTopics } from '../../../flow/send/topics.ts';
import { listEventNames, listPropertyNames, listTraitNames } from '../../../reports/dictionary.sql.ts';
import { loadPeopleRows } from '../../../reports/segment-members.sql.ts';
import { type GroupForm, ruleFromForm } from '../../forms/rule-form.ts';
import { plural } from '../../models/format.ts';
import { nameOf } from '../../models/people.ts';
import { builderModel } from '../../models/rule-builder.ts';
import type { Vocabulary } from '../../models/rule-controls.ts';
import { NO_PREVIEW, type PreviewModel, previewModel } from '../../models/rule-preview.ts';
import { countRemarks, NO_REMARKS, type Remarks, refusalRemarks } from '../../models/rule-remarks.ts';
import type { PageContext, Role } from '../../page.ts';
import { workedOut } from '../../worked-out.ts';
import { suggestValues } from './suggestions.ts';

/** The form, and the segment it edits; empty for a new one. `focus`: where the keyboard goes on in it. */
export type Editing = { form: GroupForm; key: string; focus?: string };

/** The builder with what the rule language and the data say of the form; `issues` come from a refused save. */
export async function drawBuilder(request: PageContext, editing: Editing, issues: Invalid['issues'] = []) {
  const { form } = editing;
  const [{ preview, remarks }, { vocabulary, suggestions }] = await Promise.all([
    issues.length > 0
      ? { preview: NO_PREVIEW, remarks: refusalRemarks(form, issues) }
      : countForm(request, editing),
    withWorkspace(request.web, request.workspace.id, async (scope) => await namesFor(scope, form)),
  ]);
  return {
    builder: builderModel(form, vocabulary, remarks),
    preview,
    suggestions,
    focus: editing.focus ?? '',
  };
}

/** What can be chosen and typed in the form. */
async function namesFor(scope: Scope, form: GroupForm) {
  return {
    vocabulary: await vocabularyOf(scope, form),
    suggestions: {
      traits: await listTraitNames(scope.db, scope.workspace.id),
      events: await listEventNames(scope.db, scope.workspace.id),
      properties: await listPropertyNames(scope.db, scope.workspace.id),
    },
  };
}

/** The builder before anybody typed: no count and no complaint. */
export async function drawUntouched(request: PageContext, form: GroupForm) {
  return await withWorkspace(request.web, request.workspace.id, async (scope) => ({
    builder: builderModel(form, await vocabularyOf(scope, form), NO_REMARKS),
    preview: NO_PREVIEW,
  }));
}

/** Counts in a transaction of its own, which only reads. A rule that is not finished yet is no error, only no count. */
export async function countForm(
  request: PageContext,
  editing: Editing,
): Promise<{ preview: PreviewModel; remarks: Remarks }> {
  try {
    // Kept by what it is asked: what the count does not go by would have it counted anew.
    const { form, key } = editing;
    const { value } = await countDefinition(request, { form, key, role: request.user.role });
    return value ?? { preview: { ...NO_PREVIEW, isWorking: true }, remarks: NO_REMARKS };
  } catch (error) {
    if (!(error instanceof Invalid)) throw error;
    const first = error.issues[0];
    const preview = {
      ...NO_PREVIEW,
      problem: `Not a whole rule yet: ${first?.message ?? 'something is missing'}`,
    };
    return { preview, remarks: refusalRemarks(editing.form, error.issues) };
  }
}

const countDefinition = workedOut(
  async ({ db, workspace }, { form, key, role }: Editing & { role: Role }) => {
    const found = await previewInDetail(db, workspace, { definition: ruleFromForm(form), key });
    const titles = await loadTitles(db, workspace.id);
    const moment = { asOf: found.asOf, zone: workspace.timezone, titles };
    const heard = [...found.moment.knowledge.nameIds.keys()];
    const lints = [
      ...lintRule(found.node, moment),
      ...findUnheard(found.node, heard),
      ...hidesOf(found),
      ...(await findTwins(db, found, key)),
    ];
    const dates = findRealDates(found.node, moment);
    const rows = await loadPeopleRows(db, workspace.id, found.sample);
    const eyes = { role, timezone: workspace.timezone, currency: workspace.currency };
    const remarks = countRemarks(form, { preview: found, dates, lints, zone: workspace.timezone });
    const sample = rows.map((row) => ({ href: `/people/${row.profileId}`, name: nameOf(row, eyes) }));
    const given = { lints: remarks.lints, sample, zone: workspace.timezone, titles };
    return { remarks, preview: previewModel(found, given) };
  },
);

/** Only where it is so of somebody. */
function hidesOf(found: DetailedPreview): Lint[] {
  const about = found.estimate ? 'About ' : '';
  return found.hidden
    .filter(({ count }) => count > 0)
    .map(({ path, leaf, count }) => hidesLint(path, leaf, `${about}${plural(count, 'person', 'people')}`));
}

async function vocabularyOf(scope: Scope, form: GroupForm): Promise<Vocabulary> {
  const { db, workspace } = scope;
  const segments = await listSegments(db, workspace.id);
  const sources = await listSources(db, workspace.id);
  const topics = await listTopics(db, workspace.id);
  return {
    facts: Object.entries(FACTS).map(([value, { title }]) => ({ value, label: title })),
    segments: segments.map((one) => ({ value: one.key, label: one.name })),
    sources: sources.map((one) => ({ value: one.key, label: one.name })),
    topics: topics.map((one) => ({ value: one.key, label: one.name })),
    values: await suggestValues(scope, form),
  };
}
