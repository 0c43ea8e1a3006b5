import type { Alarm, Misplaced } from '../../flow/segment/checks.sql.ts';
import type { ListedMember } from '../../reports/segment-members.sql.ts';
import { formatDateTime, formatNumber, plural } from './format.ts';
import { type Eyes, nameOf, unveilAddress } from './people.ts';

type Wrong = Pick<Alarm, 'missing' | 'surplus'>;

/** “the check of 3 May, 02:10 found 3 people who should be in and 1 who should not.” */
export function alarmModels(alarms: Alarm[], timezone: string) {
  return alarms.map((alarm) => ({
    name: alarm.name,
    href: `/segments/${encodeURIComponent(alarm.key)}/check`,
    words: `the check of ${formatDateTime(alarm.checkedAt, timezone)} found ${wrongWords(alarm)}.`,
  }));
}

/** “3 people who should be in and 1 who should not”; at least one of the two is there. */
export function wrongWords({ missing, surplus }: Wrong): string {
  if (surplus === 0) return `${peopleWords(missing)} who should be in`;
  if (missing === 0) return `${peopleWords(surplus)} who should not be in`;
  return `${peopleWords(missing)} who should be in and ${formatNumber(surplus)} who should not`;
}

export function misplacedRow(one: Misplaced, person: ListedName | undefined, key: string, eyes: Eyes) {
  return {
    href: `/people/${one.profileId}`,
    whyHref: `/segments/${encodeURIComponent(key)}/why/${one.profileId}`,
    name: person ? nameOf(person, eyes) : 'Somebody',
    email: person?.email ? unveilAddress(person.email, eyes) : '–',
    status:
      one.expected === 'in'
        ? { kind: 'bad', text: 'should be in, and is not' }
        : { kind: 'bad', text: 'is in, and should not be' },
  };
}

type ListedName = Pick<ListedMember, 'profileId' | 'name' | 'email' | 'phone' | 'account'>;

function peopleWords(count: number): string {
  return plural(count, 'person', 'people');
}
