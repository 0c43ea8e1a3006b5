import type { WordPressSite, WpComment, WpPost, WpUser } from '../vendors/wordpress.ts';
import { addressAt, type DemoPerson, SPAN_MS } from './people.ts';
import { createRandom } from './random.ts';

const DAY_MS = 86_400_000;
const URL = 'https://blog.leafandbean.example';
const TOPICS = [
  'Brewing green tea',
  'Which grind for which pot',
  'A day in the shop',
  'Tea &amp; cake',
  'Why we roast light',
  'Gifts that steep',
];

/** The blog on WordPress: its posts, readers with an account, and who commented, with and without one. */
export function makeBlog(people: DemoPerson[], anchor: Date): WordPressSite {
  const count = Math.floor(SPAN_MS / (9 * DAY_MS));
  const posts = Array.from({ length: count }, (_, index) =>
    makePost(index, anchor.getTime() - (count - index) * 9 * DAY_MS),
  );
  const readers = people.filter((person) => person.hasBlogAccount);
  const users = [makeOwner(anchor), ...readers.map((person, place) => makeUser(person, place + 2, anchor))];
  const talkers = [
    ...readers.map((person, place) => ({ person, author: place + 2 })),
    ...people.filter((person) => person.commentsAsGuest).map((person) => ({ person, author: 0 })),
  ];
  const comments = talkers
    .flatMap((talker) => makeComments(talker, posts, anchor))
    .map((comment, place) => ({ ...comment, id: 5000 + place }));
  return { applicationPassword: 'demo demo demo demo', users, posts, comments, hasPrettyLinks: true };
}

function makePost(index: number, at: number): WpPost {
  const id = 100 + index;
  const slug = `post-${id}`;
  const title = `${TOPICS[index % TOPICS.length]} (${index + 1})`;
  const common = {
    id,
    slug,
    status: 'publish',
    type: 'post',
    link: `${URL}/${slug}/`,
    author: 1,
    categories: [1],
    tags: [],
  };
  return { ...common, date_gmt: gmt(at), modified_gmt: gmt(at), title: { rendered: title, raw: title } };
}

function makeOwner(anchor: Date): WpUser {
  const at = `${gmt(anchor.getTime() - SPAN_MS)}+00:00`;
  return {
    id: 1,
    username: 'owner',
    name: 'Leaf & Bean',
    first_name: '',
    last_name: '',
    email: 'shop@leafandbean.example',
    roles: ['administrator'],
    registered_date: at,
    locale: 'en_US',
    url: '',
  };
}

/** Readers call themselves what they like. */
function makeUser(person: DemoPerson, id: number, anchor: Date): WpUser {
  const random = createRandom(`blog ${person.index}`);
  const registeredAt = Math.min(person.firstSeenAt + random.wait(40 * DAY_MS), anchor.getTime() - DAY_MS);
  const username = `${person.shortName.toLowerCase()}_${person.index}`;
  const isFormal = random.chance(0.5);
  return {
    id,
    username,
    name: isFormal ? `${person.firstName} ${person.lastName}` : username,
    first_name: isFormal ? person.firstName : '',
    last_name: isFormal ? person.lastName : '',
    email: addressAt(person, 'blog'),
    roles: ['subscriber'],
    registered_date: `${gmt(registeredAt)}+00:00`,
    locale: person.place.language === 'de' ? 'de_DE' : 'en_US',
    url: '',
  };
}

function makeComments(
  { person, author }: { person: DemoPerson; author: number },
  posts: WpPost[],
  anchor: Date,
): Omit<WpComment, 'id'>[] {
  const random = createRandom(`comments ${person.index}`);
  const since = posts.filter((post) => Date.parse(`${post.date_gmt}Z`) > person.firstSeenAt);
  const wanted = since.filter(() => random.chance(0.09));
  return wanted.flatMap((post) => {
    const at = Date.parse(`${post.date_gmt}Z`) + random.wait(2 * DAY_MS);
    if (at > anchor.getTime()) return [];
    return [
      {
        post: post.id,
        parent: 0,
        author,
        author_name: author === 0 ? person.shortName : `${person.firstName} ${person.lastName}`,
        author_email: addressAt(person, 'blog'),
        date_gmt: gmt(at),
        link: `${post.link}#comments`,
        status: random.chance(0.02) ? 'hold' : 'approved',
        type: 'comment',
      },
    ];
  });
}

function gmt(ms: number): string {
  return new Date(ms).toISOString().slice(0, 19);
}
