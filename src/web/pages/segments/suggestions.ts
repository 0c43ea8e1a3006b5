import type { Scope } from '../../../db/doors.ts';
import { canonicalEvent } from '../../../flow/segment/rules/events.ts';
import {
  type CommonValue,
  LOOKED_AT,
  listFactValues,
  listPropertyValues,
  listTraitValues,
} from '../../../reports/dictionary-values.sql.ts';
import type { GroupForm, LeafForm, RuleForm } from '../../forms/rule-form.ts';
import { formatNumber } from '../../models/format.ts';
import type { Choice } from '../../models/rule-choices.ts';

type Placed = { path: string; leaf: LeafForm };
/** A rule of many events would ask of each: beyond these, names are typed without suggestions. */
const MOST_EVENTS = 8;

/** The common values of what each condition of the form asks about, by its place. */
export async function suggestValues(
  { db, workspace }: Scope,
  form: GroupForm,
): Promise<Record<string, Choice[]>> {
  const leaves = leavesOf(form, 'r');
  const ofKind = (kind: string) => leaves.filter(({ leaf }) => (leaf.fields.kind ?? 'trait') === kind);
  const traits = ofKind('trait');
  const names = [...new Set(traits.map(nameOf).filter(Boolean))];
  const byTrait = names.length > 0 ? await listTraitValues(db, workspace.id, names) : new Map();
  const facts = ofKind('fact');
  const byFact = facts.length > 0 ? await listFactValues(db, workspace.id) : new Map();
  const found = [
    ...traits.map((one) => [one.path, choices(byTrait.get(nameOf(one)), 'people')] as const),
    ...facts.map((one) => [one.path, choices(byFact.get(nameOf(one)), 'people')] as const),
    ...(await suggestProperties({ db, workspace }, ofKind('event'))),
  ];
  return Object.fromEntries(found);
}

async function suggestProperties(
  { db, workspace }: Scope,
  leaves: Placed[],
): Promise<(readonly [string, Choice[]])[]> {
  const found: (readonly [string, Choice[]])[] = [];
  for (const { path, leaf } of leaves.filter(({ leaf: one }) => one.where.length > 0).slice(0, MOST_EVENTS)) {
    const properties = leaf.where.map((one) => one.property ?? '').filter(Boolean);
    const event = canonicalEvent(leaf.fields.name ?? '');
    const values = await listPropertyValues(db, workspace.id, { event, properties });
    for (const [index, one] of leaf.where.entries())
      found.push([`${path}.where.${index}`, choices(values.get(one.property ?? ''), 'events')]);
  }
  return found;
}

function leavesOf(form: RuleForm, path: string): Placed[] {
  if (form.type === 'leaf') return [{ path, leaf: form }];
  return form.children.flatMap((child, index) => leavesOf(child, `${path}.${index}`));
}

function nameOf({ leaf }: Placed): string {
  return leaf.fields.name ?? '';
}

/** Counts are of those looked at, and say so. */
function choices(values: CommonValue[] | undefined, of: 'people' | 'events'): Choice[] {
  return (values ?? []).map(({ value, count }) => ({
    value,
    label: `${formatNumber(count)} of the newest ${formatNumber(LOOKED_AT)} ${of}`,
  }));
}
