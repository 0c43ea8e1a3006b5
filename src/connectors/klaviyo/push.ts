import { z } from 'zod';
import type { Audience, PushBatch, PushOutcome, PushPerson } from '../audience.ts';
import type { Context } from '../contract.ts';
import { done, parts, refuseToRemake } from '../reading/audiences.ts';
import { ask, send } from './client.ts';
import { followPages } from './paging.ts';
import { PROFILES } from './profiles.ts';
import type { KlaviyoSettings } from './settings.ts';

type Ctx = Context<KlaviyoSettings>;

/** The most ids Klaviyo takes off a list at once. */
const MAX_REMOVED = 1_000;
/** Klaviyo takes ten thousand; a thousand stays far below its limit of bytes, and what fails is few. */
const MAX_ADDED = 1_000;

export const audience: Audience = {
  summary: 'The people of a segment are on a list in Klaviyo. Being on a list subscribes nobody.',
  noun: 'list',
  needs: 'email',
  entry: 'address',
  batch: MAX_ADDED,
};

const named = z.object({ id: z.string(), attributes: z.looseObject({ name: z.string().nullish() }) });
const created = z.object({ data: z.object({ id: z.string() }) });
const found = z.object({ id: z.string(), attributes: z.looseObject({ email: z.string().nullish() }) });

/**
 * A segment is a list. Being on a list is not being subscribed: the import we use leaves consent as it is, and
 * the one call that subscribes (and lifts suppressions) is never made.
 * https://developers.klaviyo.com/en/reference/bulk_import_profiles
 */
export async function push(ctx: Ctx, batch: PushBatch): Promise<PushOutcome[]> {
  const list = (await findList(ctx, batch.audience)) ?? (await makeList(ctx, batch));
  if (list === null) return done(batch.removes);
  const outcomes: PushOutcome[] = [];
  for (const some of parts(batch.removes, MAX_REMOVED)) outcomes.push(...(await remove(ctx, list, some)));
  for (const some of parts(batch.adds, MAX_ADDED)) outcomes.push(...(await add(ctx, list, some)));
  return outcomes;
}

async function findList(ctx: Ctx, name: string): Promise<string | null> {
  const query = { filter: `equals(name,${JSON.stringify(name)})`, 'page[size]': '10' };
  for await (const lists of followPages(ctx, { path: '/api/lists', query }, named)) {
    const known = lists.find((list) => list.attributes.name === name);
    if (known) return known.id;
  }
  return null;
}

/** Null where nobody is to be on it. */
async function makeList(ctx: Ctx, batch: PushBatch): Promise<string | null> {
  if (batch.adds.length === 0) return null;
  refuseToRemake(batch, 'list', 'Klaviyo');
  const json = { data: { type: 'list', attributes: { name: batch.audience } } };
  return (await ask(ctx, { path: '/api/lists', method: 'POST', json }, created)).data.id;
}

/** Whom Klaviyo does not know it makes: a profile nobody may write to until the person says so. */
async function add(ctx: Ctx, list: string, people: PushPerson[]): Promise<PushOutcome[]> {
  const known = people.filter(({ email }) => email !== null);
  const nameless = people.filter(({ email }) => email === null).map(withoutEmail);
  if (known.length === 0) return nameless;
  const profiles = known.map(({ email }) => ({ type: 'profile', attributes: { email } }));
  const json = {
    data: {
      type: 'profile-bulk-import-job',
      attributes: { profiles: { data: profiles } },
      relationships: { lists: { data: [{ type: 'list', id: list }] } },
    },
  };
  const wish = { path: '/api/profile-bulk-import-jobs', method: 'POST' as const, json, isRepeatable: true };
  const { data } = await ask(ctx, wish, created);
  const waiting = known.map(({ profileId }) => ({ profileId, outcome: 'waiting' as const, ticket: data.id }));
  return [...nameless, ...waiting];
}

/** Lists are left by Klaviyo's own id. Whom it does not know any more is on no list either. */
async function remove(ctx: Ctx, list: string, people: PushPerson[]): Promise<PushOutcome[]> {
  const ids = await findProfiles(
    ctx,
    people.map(({ email }) => email).filter((email) => email !== null),
  );
  if (ids.length > 0) {
    const json = { data: ids.map((id) => ({ type: 'profile', id })) };
    const path = `/api/lists/${list}/relationships/profiles`;
    await send(ctx, { path, method: 'DELETE', json, isRepeatable: true });
  }
  return people.map((person) =>
    person.email === null ? withoutEmail(person) : { profileId: person.profileId, outcome: 'done' },
  );
}

async function findProfiles(ctx: Ctx, emails: string[]): Promise<string[]> {
  const ids: string[] = [];
  for (const some of parts(emails, PROFILES)) {
    const query = {
      filter: `any(email,${JSON.stringify(some)})`,
      'fields[profile]': 'email',
      'page[size]': String(PROFILES),
    };
    for await (const rows of followPages(ctx, { path: '/api/profiles', query }, found))
      ids.push(...rows.map((row) => row.id));
  }
  return ids;
}

function withoutEmail({ profileId }: PushPerson): PushOutcome {
  return { profileId, outcome: 'refused', reason: 'There is no e-mail address.' };
}
