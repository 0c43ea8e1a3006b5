import { z } from 'zod';
import { ConnectorError } from '../../base/errors.ts';
import type { PushOutcome, PushPerson } from '../audience.ts';
import type { Context } from '../contract.ts';
import { readAnswer } from '../reading/answers.ts';
import { send } from './client.ts';
import { followPages } from './paging.ts';
import type { KlaviyoSettings } from './settings.ts';

type Ctx = Context<KlaviyoSettings>;

const job = z.object({
  data: z.object({ attributes: z.looseObject({ status: z.string(), failed_count: z.number().nullish() }) }),
});
const importError = z.object({
  attributes: z.object({ title: z.string(), detail: z.string(), original_payload: z.unknown() }),
});

/** Klaviyo works an import off in its own time; the ticket is its job. */
export async function settle(ctx: Ctx, ticket: string, people: PushPerson[]): Promise<PushOutcome[]> {
  const path = `/api/profile-bulk-import-jobs/${ticket}`;
  const answer = await send(ctx, { path, expect: [404] });
  if (answer.status === 404) return people.map((person) => refuse(person, 'Klaviyo forgot the import.'));
  const { status, failed_count } = readAnswer(answer, job, 'Klaviyo').data.attributes;
  if (status === 'cancelled') return people.map((person) => refuse(person, 'Klaviyo cancelled the import.'));
  if (status !== 'complete')
    return people.map(({ profileId }) => ({ profileId, outcome: 'waiting', ticket }));
  const refused = failed_count === 0 ? new Map<string, string>() : await readRefused(ctx, path);
  return people.map((person) => {
    const reason = refused.get(person.email?.toLowerCase() ?? '');
    return reason ? refuse(person, reason) : { profileId: person.profileId, outcome: 'done' };
  });
}

/** Address -> why. An error that names nobody could be anybody's: then nothing is settled. */
async function readRefused(ctx: Ctx, path: string): Promise<Map<string, string>> {
  const refused = new Map<string, string>();
  const query = { 'page[size]': '100' };
  for await (const errors of followPages(ctx, { path: `${path}/import-errors`, query }, importError)) {
    for (const { attributes } of errors) {
      const email = findEmail(attributes.original_payload);
      if (!email)
        throw new ConnectorError(`Klaviyo refused part of an import: ${attributes.detail}`, {
          retryable: false,
        });
      refused.set(email.toLowerCase(), `Klaviyo: ${attributes.detail || attributes.title}`);
    }
  }
  return refused;
}

const flat = z.object({ email: z.string() });
const nested = z.object({ attributes: flat });

/** The profile as we sent it, with or without the wrapping of its kind. */
function findEmail(payload: unknown): string | undefined {
  return flat.safeParse(payload).data?.email ?? nested.safeParse(payload).data?.attributes.email;
}

function refuse({ profileId }: PushPerson, reason: string): PushOutcome {
  return { profileId, outcome: 'refused', reason };
}
