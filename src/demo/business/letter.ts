import { createHash } from 'node:crypto';
import type { MailchimpAccount, McActivity, McCampaign, McMember, McReport } from '../vendors/mailchimp.ts';
import { rowsOf } from '../vendors/wire.ts';
import { addressAt, type DemoPerson, SPAN_MS } from './people.ts';
import { createRandom } from './random.ts';

const DAY_MS = 86_400_000;
export const AUDIENCE = 'leafletter';
const SUBJECTS = [
  'What we drink this month',
  'New harvest is here',
  'Ten percent on everything',
  'A walk through the garden',
  'How to brew it cold',
  'Beans of the season',
];

type Reader = { person: DemoPerson; member: McMember; joinedAt: number; leftAt: number; opens: number };

/** The letter at Mailchimp: its readers, one campaign every three weeks, and what each reader did with it. */
export function makeLetter(people: DemoPerson[], anchor: Date): MailchimpAccount {
  const readers = people.filter((person) => person.readsLetter).map((person) => makeReader(person, anchor));
  const members = readers
    .map(({ member }) => member)
    .sort((a, b) => a.last_changed.localeCompare(b.last_changed));
  const issues = makeIssues(readers, anchor);
  return {
    apiKey: 'demo-letter-us1',
    lists: [{ id: AUDIENCE, name: 'Leaf letter', members: rowsOf(members) }],
    campaigns: issues.map(({ campaign }) => campaign),
    reports: new Map(issues.map(({ campaign, report }) => [campaign.id, report])),
    tags: new Map(),
  };
}

/** The name is the one they typed there: often the short one. */
function makeReader(person: DemoPerson, anchor: Date): Reader {
  const random = createRandom(`letter ${person.index}`);
  const joinedAt = Math.min(person.firstSeenAt + random.wait(20 * DAY_MS), anchor.getTime() - DAY_MS);
  const leavesAt = random.chance(0.14) ? joinedAt + random.wait(200 * DAY_MS) : Number.POSITIVE_INFINITY;
  const isDead = random.chance(0.015);
  const hasLeft = leavesAt < anchor.getTime();
  const email_address = addressAt(person, 'letter');
  const first = random.chance(0.4) ? person.shortName : person.firstName;
  const member: McMember = {
    id: md5(email_address.toLowerCase()),
    email_address,
    unique_email_id: md5(`unique ${person.index}`).slice(0, 10),
    contact_id: md5(`contact ${person.index}`),
    full_name: `${first} ${person.lastName}`,
    status: isDead ? 'cleaned' : hasLeft ? 'unsubscribed' : 'subscribed',
    merge_fields: { FNAME: first, LNAME: person.lastName, PHONE: '', LIKES: person.likes },
    tags: [],
    timestamp_signup: '',
    timestamp_opt: iso(joinedAt),
    last_changed: iso(hasLeft ? leavesAt : joinedAt),
    language: person.place.language,
    vip: false,
    location: { country_code: person.place.country, timezone: '' },
    source: 'Hosted signup form',
    list_id: AUDIENCE,
  };
  const opens = isDead ? 0 : random.pick([0, 0.15, 0.3, 0.5, 0.8]);
  return { person, member, joinedAt, leftAt: leavesAt, opens };
}

function makeIssues(readers: Reader[], anchor: Date): { campaign: McCampaign; report: McReport }[] {
  const count = Math.floor(SPAN_MS / (21 * DAY_MS));
  return Array.from({ length: count }, (_, index) => {
    const sentAt = anchor.getTime() - (count - index) * 21 * DAY_MS + 9 * 3_600_000;
    const to = readers.filter((reader) => reader.joinedAt < sentAt && reader.leftAt > sentAt);
    const subject_line = SUBJECTS[index % SUBJECTS.length]!;
    const campaign: McCampaign = {
      id: `issue${String(index + 1).padStart(2, '0')}`,
      send_time: iso(sentAt),
      emails_sent: to.length,
      archive_url: `https://letter.leafandbean.example/${index + 1}`,
      settings: { title: `Leaf letter ${index + 1}`, subject_line },
      recipients: { list_id: AUDIENCE },
    };
    return { campaign, report: makeReport(to, index, sentAt, anchor) };
  });
}

function makeReport(to: Reader[], index: number, sentAt: number, anchor: Date): McReport {
  const next = sentAt + 21 * DAY_MS;
  const activity = to.map(({ member, ...reader }) => ({
    ...about(member),
    activity: actOn(reader, index, sentAt, anchor),
  }));
  const left = to.filter(({ leftAt }) => leftAt < next && leftAt < anchor.getTime());
  return {
    sent: to.map(({ member }) => ({
      ...about(member),
      status: member.status === 'cleaned' ? 'hard' : 'sent',
    })),
    activity,
    unsubscribed: left.map(({ member, leftAt }) => ({
      ...about(member),
      timestamp: iso(leftAt),
      reason: 'None given',
    })),
  };
}

/** Interest wanes a little with every year of letters; whoever opens clicks now and then. */
function actOn(
  { person, opens }: Omit<Reader, 'member'>,
  index: number,
  sentAt: number,
  anchor: Date,
): McActivity[] {
  const random = createRandom(`issue ${index} ${person.index}`);
  if (opens === 0 && random.chance(0.02))
    return [{ action: 'bounce', type: 'soft', timestamp: iso(sentAt + 60_000) }];
  if (!random.chance(opens)) return [];
  const openedAt = sentAt + random.wait(8 * 3_600_000);
  if (openedAt > anchor.getTime()) return [];
  const open = { action: 'open', timestamp: iso(openedAt) };
  const click = {
    action: 'click',
    timestamp: iso(openedAt + 30_000),
    url: 'https://shop.leafandbean.example/tea',
  };
  return random.chance(0.18) && openedAt + 30_000 < anchor.getTime() ? [open, click] : [open];
}

function about({ id, email_address }: McMember) {
  return { email_id: id, email_address };
}

function iso(ms: number): string {
  return new Date(ms).toISOString().replace(/\.\d+Z$/, '+00:00');
}

function md5(text: string): string {
  return createHash('md5').update(text).digest('hex');
}
