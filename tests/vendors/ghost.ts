import { type GhostEvent, type GhostMember, type GhostSite, ghost } from '../../src/demo/vendors/ghost.ts';
import { type ContractServer, startContractServer } from './contract-server.ts';
import { loadSpec } from './spec.ts';

export type GhostServer = ContractServer & {
  site: GhostSite;
  settings: { url: string; adminApiKey: string; webhookSecret: string };
};

const START_MS = Date.parse('2026-10-01T08:00:00Z');
const NEWSLETTER = {
  id: '6b0349e656a66a0f8c0e7746',
  name: 'Tea letter',
  slug: 'tea-letter',
  description: null,
  status: 'active',
};

/** A magazine: members hour by hour, each signed up and subscribed, one mail to all that some open and click. */
export async function startGhostServer(options: { members?: number } = {}): Promise<GhostServer> {
  const members = Array.from({ length: options.members ?? 6 }, (_, index) => makeGhostMember(index));
  const site: GhostSite = {
    adminApiKey: '6470b3b0e6a1b4f2c0de0001:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08',
    members,
    events: members.flatMap(eventsOf).sort((a, b) => b.data.created_at.localeCompare(a.data.created_at)),
    posts: [makePost(0), makePost(1)],
    newsletters: [NEWSLETTER],
    now: () => new Date(),
  };
  const server = await startContractServer(ghost(site), await loadSpec('ghost.json'));
  const settings = { url: server.url, adminApiKey: site.adminApiKey, webhookSecret: 'hook-secret' };
  return { ...server, site, settings };
}

export function makeGhostMember(index: number): GhostMember {
  const id = idOf('a', index);
  const at = ghostTime(index);
  const { slug: _slug, ...newsletter } = NEWSLETTER;
  return {
    id,
    uuid: `00000000-0000-4000-8000-${id.slice(-12)}`,
    email: `member${index}@example.com`,
    name: `Member ${index}`,
    note: null,
    status: 'free',
    labels:
      index === 0 ? [{ id: idOf('b', 0), name: 'VIP', slug: 'vip', created_at: at, updated_at: at }] : [],
    newsletters: index % 5 === 4 ? [] : [newsletter],
    email_suppression: { suppressed: false, info: null },
    created_at: at,
    updated_at: at,
    unsubscribe_url: `https://news.example.com/unsubscribe/?uuid=${id}&key=signs-the-person-out`,
  };
}

/** Signed up from an ad, subscribed; of the first mail: delivered, opened by half, clicked by a quarter; the last fails. */
function eventsOf({ id, email, name, uuid }: GhostMember, index: number, all: unknown[]): GhostEvent[] {
  const member = { id, uuid, name, email, avatar_image: null };
  const recipient = {
    id: idOf('c', index),
    member_id: id,
    member,
    email: { id: idOf('d', 0), post_id: idOf('e', 0), subject: 'First letter' },
  };
  const joined = ghostTime(index);
  const utm = {
    utm_source: 'meta',
    utm_medium: 'paid_social',
    utm_campaign: 'autumn',
    utm_term: null,
    utm_content: null,
  };
  const events: GhostEvent[] = [
    {
      type: 'signup_event',
      data: { id: idOf('f', index), created_at: joined, member_id: id, member, source: 'member', ...utm },
    },
    {
      type: 'newsletter_event',
      data: {
        id: idOf('9', index),
        created_at: joined,
        member_id: id,
        member,
        subscribed: true,
        newsletter_id: NEWSLETTER.id,
        newsletter: NEWSLETTER,
        source: 'member',
      },
    },
  ];
  if (index === all.length - 1)
    return [
      ...events,
      { type: 'email_failed_event', data: { ...recipient, created_at: mailTime(1, index) } },
    ];
  events.push({ type: 'email_delivered_event', data: { ...recipient, created_at: mailTime(1, index) } });
  if (index % 2 === 0)
    events.push({ type: 'email_opened_event', data: { ...recipient, created_at: mailTime(60, index) } });
  if (index % 4 === 0) events.push(clickOf(member, index));
  return events;
}

function clickOf(member: object, index: number): GhostEvent {
  const post = {
    id: idOf('e', 0),
    uuid: '00000000-0000-4000-8000-0000000000e0',
    title: 'First letter',
    url: 'https://news.example.com/first/',
  };
  const link = { from: '/r/1', to: 'https://shop.example.com/' };
  return {
    type: 'click_event',
    data: { id: idOf('8', index), created_at: mailTime(61, index), post, link, member },
  };
}

function makePost(index: number) {
  const id = idOf('e', index);
  const at = ghostTime(index);
  const uuid = `00000000-0000-4000-8000-${id.slice(-12)}`;
  return {
    id,
    uuid,
    title: `Letter ${index}`,
    slug: `letter-${index}`,
    url: `https://news.example.com/letter-${index}/`,
    status: index === 1 ? 'sent' : 'published',
    published_at: at,
    updated_at: at,
  };
}

export function ghostTime(hours: number): string {
  return new Date(START_MS + hours * 3_600_000).toISOString();
}

function mailTime(minutes: number, seconds: number): string {
  return new Date(START_MS + 40 * 86_400_000 + minutes * 60_000 + seconds * 1000).toISOString();
}

function idOf(kind: string, index: number): string {
  return `${kind}${index.toString(16).padStart(23, '0')}`;
}
