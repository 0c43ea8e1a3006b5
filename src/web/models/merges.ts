import { COMMAND_LINE } from '../../flow/identify/by-hand.ts';
import type { PlacedIdentifier } from '../../flow/identify/identifiers.sql.ts';
import type { Move } from '../../flow/identify/merges.sql.ts';
import { shownForm } from '../../flow/identify/normalise.ts';
import type { ShownTrait } from '../../flow/profile/traits.sql.ts';
import type { ProfileShape } from '../../reports/profiles.ts';
import { formatMoney, plural } from './format.ts';
import { type Eyes, moment, valueText } from './people.ts';
import { personName } from './person.ts';

export type Joining = { formerId: string; at: Date; cause: Move['cause']; identifiers: PlacedIdentifier[] };

export function joiningModels(joinings: Joining[], eyes: Eyes) {
  return joinings.map(({ formerId, at, cause, identifiers }) => ({
    formerId,
    at: moment(at, eyes),
    cause: causeText(cause),
    identifiers: identifiers.map(({ kind, value, given }) => shownForm(kind, value, given)).join(', '),
  }));
}

/** Both as they are, and what would come out: which id stays, which values win, what adds up. */
export function rehearsalModel(
  given: { profile: ProfileShape; other: ProfileShape; keptId: string; traits: ShownTrait[] },
  eyes: Eyes,
) {
  const { profile, other, keptId, traits } = given;
  const newest = [...traits].sort((a, b) => b.changedAt.getTime() - a.changedAt.getTime());
  const names = [...new Set(traits.map(({ name }) => name))].sort();
  const show = (name: string, value: unknown) => (value === undefined ? '–' : valueText(name, value, eyes));
  return {
    otherId: other.id,
    keeps: keptId === profile.id ? 'this person' : 'the other person',
    sides: [sideModel(profile, eyes), sideModel(other, eyes), sumModel(profile, other, eyes)],
    traits: names.map((name) => ({
      name,
      mine: show(name, profile.traits[name]),
      others: show(name, other.traits[name]),
      result: show(name, newest.find((trait) => trait.name === name)?.value),
    })),
  };
}

function sideModel(profile: ProfileShape, eyes: Eyes) {
  return {
    title: personName(profile, eyes),
    href: `/people/${profile.id}`,
    identifiers: profile.identifiers.map(({ value }) => value),
    orders: plural(Number(profile.facts.orders ?? 0), 'order'),
    revenue: formatMoney(Number(profile.facts.net_revenue ?? 0), eyes.currency),
    lastSeen: moment(profile.lastSeenAt, eyes).ago,
  };
}

function sumModel(profile: ProfileShape, other: ProfileShape, eyes: Eyes) {
  const sum = (name: string) => Number(profile.facts[name] ?? 0) + Number(other.facts[name] ?? 0);
  const last = [profile.lastSeenAt, other.lastSeenAt]
    .filter((at) => at !== null)
    .sort((a, b) => b.getTime() - a.getTime());
  return {
    title: 'Together',
    href: null,
    identifiers: [plural(profile.identifiers.length + other.identifiers.length, 'identifier')],
    orders: plural(sum('orders'), 'order'),
    revenue: formatMoney(sum('net_revenue'), eyes.currency),
    lastSeen: moment(last[0] ?? null, eyes).ago,
  };
}

function causeText(cause: Move['cause']): string {
  if (!('kind' in cause)) return 'What was seen of them was read anew';
  if (cause.userId)
    return cause.userId === COMMAND_LINE ? 'Merged on the command line' : 'Merged by a colleague';
  return `One record named ${cause.value} and ${cause.otherValue}`;
}
