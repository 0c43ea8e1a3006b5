import { createHash } from 'node:crypto';
import type { GhostEvent, GhostMember, GhostPost, GhostSite } from '../vendors/ghost.ts';
import { addressAt, type DemoPerson, SPAN_MS } from './people.ts';
import { createRandom } from './random.ts';

const DAY_MS = 86_400_000;
const NEWSLETTER = {
  id: idOf('newsletter'),
  name: 'The Steeped Monthly',
  slug: 'steeped',
  description: null,
  status: 'active',
};
const TITLES = [
  'The first flush',
  'Water matters',
  'A roastery in Bristol',
  'Cups and hands',
  'Letters from Uji',
  'Slow mornings',
];

type Reader = { person: DemoPerson; member: GhostMember; joinedAt: number; opens: number };

/** The magazine on Ghost: members, a mail every month, and what members did with it. */
export function makeMagazine(people: DemoPerson[], anchor: Date): GhostSite {
  const readers = people.filter((person) => person.readsMagazine).map((person) => makeReader(person, anchor));
  const count = Math.floor(SPAN_MS / (30 * DAY_MS));
  const posts = Array.from({ length: count }, (_, index) =>
    makePost(index, anchor.getTime() - (count - index) * 30 * DAY_MS),
  );
  const events = [
    ...readers.flatMap(joining),
    ...posts.flatMap((post, index) => mailing(readers, post, index, anchor)),
  ];
  return {
    adminApiKey: '6470b3b0e6a1b4f2c0de0002:1f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08',
    members: readers.map(({ member }) => member),
    events: events.sort((a, b) => b.data.created_at.localeCompare(a.data.created_at)),
    posts,
    newsletters: [NEWSLETTER],
    // Tokens are made by the machine's clock, which the product's may run apart from.
    now: () => new Date(),
  };
}

function makeReader(person: DemoPerson, anchor: Date): Reader {
  const random = createRandom(`magazine ${person.index}`);
  const joinedAt = Math.min(person.firstSeenAt + random.wait(30 * DAY_MS), anchor.getTime() - DAY_MS);
  const created_at = iso(joinedAt);
  const { slug: _slug, ...newsletter } = NEWSLETTER;
  const isPatron = random.chance(0.06);
  const label = { id: idOf('label'), name: 'Patron', slug: 'patron', created_at, updated_at: created_at };
  const member: GhostMember = {
    id: idOf(`member ${person.index}`),
    uuid: `00000000-0000-4000-8000-${idOf(`uuid ${person.index}`).slice(0, 12)}`,
    email: addressAt(person, 'magazine'),
    name: random.chance(0.5) ? `${person.firstName} ${person.lastName}` : person.shortName,
    note: null,
    status: 'free',
    labels: isPatron ? [label] : [],
    newsletters: [newsletter],
    email_suppression: { suppressed: false, info: null },
    created_at,
    updated_at: created_at,
    unsubscribe_url: `https://magazine.leafandbean.example/unsubscribe/?key=${idOf(`key ${person.index}`)}`,
  };
  return { person, member, joinedAt, opens: random.pick([0.1, 0.3, 0.5, 0.7]) };
}

function joining({ person, member, joinedAt }: Reader): GhostEvent[] {
  const { source, medium, campaign, referrer } = person.origin;
  const about = { member: who(member), member_id: member.id, created_at: iso(joinedAt) };
  const origin = {
    utm_source: source,
    utm_medium: medium,
    utm_campaign: campaign,
    utm_term: null,
    utm_content: null,
    referrer_url: referrer,
  };
  return [
    {
      type: 'signup_event',
      data: { id: idOf(`signup ${member.id}`), ...about, ...origin, source: 'member' },
    },
    {
      type: 'newsletter_event',
      data: {
        id: idOf(`news ${member.id}`),
        ...about,
        subscribed: true,
        newsletter: NEWSLETTER,
        newsletter_id: NEWSLETTER.id,
        source: 'member',
      },
    },
  ];
}

/** A mail reaches one member a second, so that the events of one second stay few, as the API's pages need it. */
function mailing(readers: Reader[], post: GhostPost, index: number, anchor: Date): GhostEvent[] {
  const sentAt = Date.parse(post.published_at);
  const email = { id: idOf(`email ${index}`), post_id: post.id, subject: post.title };
  const to = readers.filter(({ joinedAt }) => joinedAt < sentAt);
  return to.flatMap(({ person, member, opens }, place) => {
    const random = createRandom(`mail ${index} ${person.index}`);
    const recipient = {
      id: idOf(`recipient ${index} ${person.index}`),
      member_id: member.id,
      member: who(member),
      email,
    };
    const mailedAt = sentAt + place * 1000;
    const openedAt = mailedAt + random.wait(10 * 3_600_000);
    const sent: GhostEvent = {
      type: 'email_sent_event',
      data: { ...recipient, created_at: iso(mailedAt) },
    };
    if (!random.chance(opens) || openedAt + 60_000 > anchor.getTime()) return [sent];
    const opened: GhostEvent = {
      type: 'email_opened_event',
      data: { ...recipient, created_at: iso(openedAt) },
    };
    return random.chance(0.12) ? [sent, opened, clicked(post, member, openedAt + 60_000)] : [sent, opened];
  });
}

function clicked({ id, uuid, title, url }: GhostPost, member: GhostMember, at: number): GhostEvent {
  const link = { from: '/r/1', to: 'https://shop.leafandbean.example/tea/sencha' };
  return {
    type: 'click_event',
    data: {
      id: idOf(`click ${member.id} ${at}`),
      created_at: iso(at),
      post: { id, uuid, title, url },
      link,
      member: who(member),
    },
  };
}

function makePost(index: number, publishedAt: number): GhostPost {
  const id = idOf(`post ${index}`);
  const title = `${TITLES[index % TITLES.length]}, no. ${index + 1}`;
  const slug = `no-${index + 1}`;
  const at = iso(publishedAt);
  return {
    id,
    uuid: id,
    title,
    slug,
    url: `https://magazine.leafandbean.example/${slug}/`,
    status: 'published',
    published_at: at,
    updated_at: at,
  };
}

function who({ id, uuid, name, email }: GhostMember) {
  return { id, uuid, name, email, avatar_image: null };
}

function iso(ms: number): string {
  return new Date(Math.floor(ms / 1000) * 1000).toISOString();
}

function idOf(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 24);
}
