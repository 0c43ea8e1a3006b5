import type { Choice } from '../../flow/segment/choices.sql.ts';
import type { Pin } from '../../flow/segment/pins.sql.ts';
import type { Decision } from '../../flow/segment/why.ts';
import type { ListedMember } from '../../reports/segment-members.sql.ts';
import { formatDate } from './format.ts';
import { type Eyes, nameOf, unveil, unveilAddress } from './people.ts';

export type Names = Map<string, string>;
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
  { names, eyes, key }: { names: Names; eyes: Eyes; key: string },
) {
  return {
    profileId: pin.profileId,
    href: `/people/${pin.ownerId}`,
    whyHref: `/segments/${encodeURIComponent(key)}/why/${pin.ownerId}`,
    name: person ? nameOf(person, eyes) : 'Somebody',
    expected: pin.expected === 'in' ? 'must be in' : 'must not be in',
    status: pin.brokenAt
      ? { kind: 'bad', text: `broken since ${formatDate(pin.brokenAt, eyes.timezone)}` }
      : { kind: 'good', text: 'holds' },
    why,
    by: `${byWhom(pin.createdBy, names)}, ${formatDate(pin.createdAt, eyes.timezone)}`,
    note: pin.note ? unveil(pin.note, eyes) : '–',
  };
}

function byWhom(userId: string | null, names: Names): string {
  return (userId && names.get(userId)) || 'a former colleague';
}
