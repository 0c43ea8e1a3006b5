import type { MetaAccount, MetaInsight, MetaLead } from '../vendors/meta.ts';
import { addressAt, type DemoPerson, SPAN_MS } from './people.ts';
import { createRandom } from './random.ts';

const DAY_MS = 86_400_000;
const CAMPAIGNS = [
  { id: '23850000000000001', name: 'Autumn leaves', daily: 21 },
  { id: '23850000000000002', name: 'First flush', daily: 11 },
  { id: '23850000000000003', name: 'Taste box', daily: 7 },
];

/** The ad account at Meta: what campaigns cost day by day, and the people their form brought. */
export function makeAds(people: DemoPerson[], anchor: Date): MetaAccount {
  const days = Math.floor(SPAN_MS / DAY_MS);
  const insights = Array.from(
    { length: days },
    (_, index) => anchor.getTime() - (days - 1 - index) * DAY_MS,
  ).flatMap(dayOf);
  const leads = people.filter((person) => person.leftLead).map((person) => makeLead(person, anchor));
  return {
    accessToken: 'demo-ads-token',
    pageToken: 'demo-page-token',
    appSecret: 'demo-ads-secret',
    adAccountId: '1000200030004000',
    pageId: '100020003000',
    name: 'Leaf & Bean',
    currency: 'EUR',
    zone: 'Europe/Berlin',
    insights,
    forms: [
      {
        id: '5550001',
        name: 'Taste box',
        leads: leads.sort((a, b) => a.created_time.localeCompare(b.created_time)),
      },
    ],
  };
}

function dayOf(at: number): MetaInsight[] {
  const day = new Date(at).toISOString().slice(0, 10);
  return CAMPAIGNS.map(({ id, name, daily }) => {
    const random = createRandom(`${name} ${day}`);
    const spend = daily * (0.7 + random.next() * 0.6);
    const clicks = Math.round(spend * (1.6 + random.next()));
    return {
      campaign_id: id,
      campaign_name: name,
      spend: spend.toFixed(2),
      impressions: String(clicks * random.whole(45, 90)),
      clicks: String(clicks),
      date_start: day,
      date_stop: day,
    };
  });
}

function makeLead(person: DemoPerson, anchor: Date): MetaLead {
  const random = createRandom(`lead ${person.index}`);
  const at = Math.min(person.firstSeenAt + random.wait(15 * DAY_MS), anchor.getTime() - DAY_MS);
  return {
    id: `9${String(person.index).padStart(14, '0')}`,
    created_time: new Date(at).toISOString().replace(/\.\d+Z$/, '+0000'),
    ad_id: '23860000000000001',
    campaign_id: CAMPAIGNS[2]!.id,
    campaign_name: CAMPAIGNS[2]!.name,
    form_id: '5550001',
    field_data: [
      { name: 'email', values: [addressAt(person, 'lead')] },
      { name: 'full_name', values: [`${person.shortName} ${person.lastName}`] },
      { name: 'phone_number', values: [person.phone] },
      { name: 'tea_or_coffee', values: [person.likes] },
    ],
    is_organic: false,
    platform: random.pick(['fb', 'ig']),
  };
}
