import { z } from 'zod';
import { ConnectorError } from '../../base/errors.ts';
import type { Audience, PushBatch, PushOutcome, PushPerson } from '../audience.ts';
import type { Context } from '../contract.ts';
import { done, refuse, refuseToRemake } from '../reading/audiences.ts';
import { digitsOnly, plainEmail, sha256Hex } from '../reading/hashing.ts';
import { ask, askPages } from './client.ts';
import type { MetaAdsSettings } from './settings.ts';

type Ctx = Context<MetaAdsSettings>;

export const audience: Audience = {
  summary:
    'The people of a segment become a custom audience for ads on Facebook and Instagram. Addresses and phone numbers leave here hashed only.',
  noun: 'custom audience',
  needs: 'email or phone',
  entry: 'address',
  // The most Meta takes in one request.
  batch: 10_000,
  isForAds: true,
  minimum: {
    people: 100,
    advice:
      'Meta shows ads to a custom audience only when it knows about 100 of its people; until the segment grows, this one cannot be used.',
  },
};

const found = z.looseObject({
  id: z.string(),
  description: z.string().optional(),
  operation_status: z.object({ code: z.number(), description: z.string().optional() }).optional(),
});
type Found = z.infer<typeof found>;
const changed = z.object({
  num_received: z.number(),
  num_invalid_entries: z.number().default(0),
});
/** Meta has found something against the audience and takes no more people. */
const FLAGGED = 471;

/** https://developers.facebook.com/docs/marketing-api/audiences/guides/custom-audiences */
export async function push(ctx: Ctx, batch: PushBatch): Promise<PushOutcome[]> {
  const id = (await findAudience(ctx, batch.audienceKey)) ?? (await makeAudience(ctx, batch));
  if (id === null) return done(batch.removes);
  return [
    ...(await change(ctx, id, 'DELETE', batch.removes)),
    ...(await change(ctx, id, 'POST', batch.adds)),
  ];
}

/** Known by what we wrote into its description: names may be changed there, and two may have the same. */
async function findAudience(ctx: Ctx, key: string): Promise<string | null> {
  const path = `act_${ctx.settings.adAccountId}/customaudiences`;
  const query = { fields: 'id,name,description,operation_status', limit: '100' };
  for await (const audiences of askPages(ctx, { path, query }, found)) {
    const known = audiences.find(({ description }) => description?.includes(markOf(key)));
    if (known) return checkFlag(known).id;
  }
  return null;
}

async function makeAudience(ctx: Ctx, batch: PushBatch): Promise<string | null> {
  if (batch.adds.length === 0) return null;
  refuseToRemake(batch, 'custom audience', 'Meta');
  const json = {
    name: batch.audience,
    subtype: 'CUSTOM',
    customer_file_source: 'USER_PROVIDED_ONLY',
    description: `Kept up to date by Segments. Leave this here: ${markOf(batch.audienceKey)}`,
  };
  const path = `act_${ctx.settings.adAccountId}/customaudiences`;
  return (await ask(ctx, { path, method: 'POST', json }, z.object({ id: z.string() }))).id;
}

function checkFlag(known: Found): Found {
  if (known.operation_status?.code !== FLAGGED) return known;
  throw new ConnectorError(
    `Meta has flagged this audience and takes nobody into it: ${known.operation_status.description ?? 'look at it in Ads Manager'}`,
    { retryable: false },
  );
}

async function change(
  ctx: Ctx,
  id: string,
  method: 'POST' | 'DELETE',
  people: PushPerson[],
): Promise<PushOutcome[]> {
  const nameless = people.filter((person) => !person.email && !person.phone);
  const known = people.filter((person) => person.email || person.phone);
  return [
    ...nameless.map((person) =>
      refuse(person, 'There is no e-mail address and no phone number with country code.'),
    ),
    ...(await tell(ctx, id, method, known)),
  ];
}

/**
 * Meta counts the rows it cannot use and does not name them: told again in halves, which changes nothing for the
 * others, they come out one by one.
 */
async function tell(
  ctx: Ctx,
  id: string,
  method: 'POST' | 'DELETE',
  people: PushPerson[],
): Promise<PushOutcome[]> {
  if (people.length === 0) return [];
  const json = { payload: { schema: ['EMAIL', 'PHONE'], data: people.map(toRow) } };
  const { num_invalid_entries: invalid } = await ask(ctx, { path: `${id}/users`, method, json }, changed);
  if (invalid === 0 || method === 'DELETE') return done(people);
  if (invalid >= people.length)
    return people.map((person) => refuse(person, 'Meta cannot use this address or phone number.'));
  const half = Math.ceil(people.length / 2);
  return [
    ...(await tell(ctx, id, method, people.slice(0, half))),
    ...(await tell(ctx, id, method, people.slice(half))),
  ];
}

/** What is not there is an empty text, never the hash of one. */
function toRow({ email, phone }: PushPerson): [string, string] {
  return [email ? sha256Hex(plainEmail(email)) : '', phone ? sha256Hex(digitsOnly(phone)) : ''];
}

function markOf(key: string): string {
  return `segments:${key}`;
}
