import type { Choice } from '../../flow/segment/choices.sql.ts';
import type { Pin } from '../../flow/segment/pins.sql.ts';
import type { Decision } from '../../flow/segment/why.ts';
import type { ListedMember } from '../../reports/segment-members.sql.ts';
import { formatDate } from './format.ts';
import { type Eyes, nameOf, unveil, unveilAddress } from './people.ts';

export type Names = Map<string, string>;
export type PinnedSegment = { key: string; version: number; computedVersion: number | null };
type PersonName = Pick<ListedMember, 'profileId' | 'name' | 'email' | 'phone' | 'account'>;

/** "put in by hand by Ada on 3 May 2026: “VIP”" */
export function decisionWords(decision: Decision, names: Names, eyes: Eyes): string {
  const done = decision.choice === 'in' ? 'put in by hand' : 'left out by hand';
  const note = decision.note ? `: “${unveil(decision.note, eyes)}”` : '';
  return `${done} by ${byWhom(decision.by, names)} on ${formatDate(decision.at, eyes.timezone)}${note}`;
}

export function choiceRow(choice: Choice, person: PersonName | undefined, names: Names, eyes: Eyes) {
  return {
    profileId: choice.ownerId,
    href: `/people/${choice.ownerId}`,
    name: person ? nameOf(person, eyes) : 'Somebody',
    email: person?.email ? unveilAddress(person.email, eyes) : '–',
    choice: choice.choice === 'in' ? 'Put in' : 'Left out',
    by: `${byWhom(choice.createdBy, names)}, ${formatDate(choice.createdAt, eyes.timezone)}`,
    note: choice.note ? unveil(choice.note, eyes) : '–',
  };
}

export function pinRow(
  pin: Pin,
  person: PersonName | undefined,
  why: string | null,
  { names, eyes, segment }: { names: Names; eyes: Eyes; segment: PinnedSegment },
) {
  return {
    profileId: pin.profileId,
    href: `/people/${pin.ownerId}`,
    whyHref: `/segments/${encodeURIComponent(segment.key)}/why/${pin.ownerId}`,
    name: person ? nameOf(person, eyes) : 'Somebody',
    expected: pin.expected === 'in' ? 'must be in' : 'must not be in',
    status: pinStatus(pin, segment, eyes),
    why,
    by: `${byWhom(pin.createdBy, names)}, ${formatDate(pin.createdAt, eyes.timezone)}`,
    note: pin.note ? unveil(pin.note, eyes) : '–',
  };
}

/** Held against the result of this rule only: of one that is not counted yet nothing can be said. */
function pinStatus({ brokenAt }: Pin, { version, computedVersion }: PinnedSegment, eyes: Eyes) {
  if (version !== computedVersion) return { kind: 'waiting', text: 'compared with the next count' };
  if (!brokenAt) return { kind: 'good', text: 'holds' };
  return { kind: 'bad', text: `broken since ${formatDate(brokenAt, eyes.timezone)}` };
}

function byWhom(userId: string | null, names: Names): string {
  return (userId && names.get(userId)) || 'a former colleague';
}
