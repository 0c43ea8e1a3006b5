import { z } from 'zod';
import { ConnectorError } from '../../base/errors.ts';
import type { Audience, PushBatch, PushOutcome, PushPerson } from '../audience.ts';
import type { Context } from '../contract.ts';
import { done, refuseToRemake } from '../reading/audiences.ts';
import { ask, COUNT } from './client.ts';
import type { MailchimpSettings } from './settings.ts';

type Ctx = Context<MailchimpSettings>;

/** The most Mailchimp takes in one request, adds and removes together. */
const MAX_MEMBERS = 500;

export const audience: Audience = {
  summary: 'The people of a segment carry a tag in your Mailchimp audience. Nobody is subscribed by it.',
  noun: 'tag',
  needs: 'email',
  entry: 'address',
  batch: MAX_MEMBERS,
};

const tag = z.object({ id: z.number(), name: z.string() });
const changed = z.object({
  errors: z
    .array(z.object({ email_addresses: z.array(z.string()).default([]), error: z.string() }))
    .default([]),
});

/**
 * A segment is a tag of the audience. Only contacts Mailchimp knows can carry it: nobody is subscribed by being
 * in a segment. https://mailchimp.com/developer/marketing/api/list-segments/
 */
export async function push(ctx: Ctx, batch: PushBatch): Promise<PushOutcome[]> {
  const audience = ctx.settings.audience;
  if (!audience)
    throw new ConnectorError('Give the ID of the audience that is to carry the tag.', { retryable: false });
  const tagId = (await findTag(ctx, audience, batch.audience)) ?? (await makeTag(ctx, audience, batch));
  if (tagId === null) return done(batch.removes);
  const path = `/lists/${audience}/segments/${tagId}`;
  const outcomes: PushOutcome[] = [];
  for (const part of parts(batch)) outcomes.push(...(await change(ctx, path, part)));
  return outcomes;
}

async function findTag(ctx: Ctx, audience: string, name: string): Promise<number | null> {
  const path = `/lists/${audience}/segments`;
  const query = { type: 'static', count: String(COUNT), fields: 'segments.id,segments.name,total_items' };
  const { segments } = await ask(ctx, { path, query }, z.object({ segments: z.array(tag) }));
  return segments.find((segment) => segment.name === name)?.id ?? null;
}

/** Null where nobody is to carry it. */
async function makeTag(ctx: Ctx, audience: string, batch: PushBatch): Promise<number | null> {
  if (batch.adds.length === 0) return null;
  refuseToRemake(batch, 'tag', 'Mailchimp');
  const json = { name: batch.audience, static_segment: [] };
  return (await ask(ctx, { path: `/lists/${audience}/segments`, method: 'POST', json }, tag)).id;
}

type Part = { adds: PushPerson[]; removes: PushPerson[] };

function parts({ adds, removes }: PushBatch): Part[] {
  const all = [
    ...adds.map((person) => ({ person, isAdd: true })),
    ...removes.map((person) => ({ person, isAdd: false })),
  ];
  return Array.from({ length: Math.ceil(all.length / MAX_MEMBERS) }, (_, index) => {
    const some = all.slice(index * MAX_MEMBERS, (index + 1) * MAX_MEMBERS);
    const of = (isAdd: boolean) => some.filter((entry) => entry.isAdd === isAdd).map((entry) => entry.person);
    return { adds: of(true), removes: of(false) };
  });
}

async function change(ctx: Ctx, path: string, { adds, removes }: Part): Promise<PushOutcome[]> {
  const json = { members_to_add: emailsOf(adds), members_to_remove: emailsOf(removes) };
  const hasAny = json.members_to_add.length + json.members_to_remove.length > 0;
  const { errors } = hasAny ? await ask(ctx, { path, method: 'POST', json }, changed) : { errors: [] };
  const refused = new Map(
    errors.flatMap(({ email_addresses, error }) =>
      email_addresses.map((email) => [email.toLowerCase(), error]),
    ),
  );
  return [...adds, ...removes].map((person) => outcomeOf(person, refused, removes.includes(person)));
}

/** Who is not there any more has left the tag as well. */
function outcomeOf(
  { profileId, email }: PushPerson,
  refused: Map<string, string>,
  isRemove: boolean,
): PushOutcome {
  if (!email) return { profileId, outcome: 'refused', reason: 'There is no e-mail address.' };
  const reason = refused.get(email.toLowerCase());
  if (!reason || isRemove) return { profileId, outcome: 'done' };
  return { profileId, outcome: 'refused', reason: `Mailchimp: ${reason}` };
}

function emailsOf(people: PushPerson[]): string[] {
  return people.map((person) => person.email).filter((email) => email !== null);
}
