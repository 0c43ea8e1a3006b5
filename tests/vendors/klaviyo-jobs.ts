import { z } from 'zod';
import type { VendorAnswer, VendorRequest } from '../../src/demo/vendors/wire.ts';
import { fault, type KlaviyoAccount, type KlJob } from './klaviyo-api.ts';

const newJob = z.object({
  data: z.object({
    type: z.literal('profile-bulk-import-job'),
    attributes: z.object({
      profiles: z.object({
        data: z
          .array(z.object({ type: z.literal('profile'), attributes: z.object({ email: z.string() }) }))
          .max(10_000),
      }),
    }),
    relationships: z.object({
      lists: z.object({ data: z.array(z.object({ type: z.literal('list'), id: z.string() })).length(1) }),
    }),
  }),
});

/** Imports: taken, worked off while nobody looks, and asked after. Consent stays as it is. */
export function klaviyoJobs(
  account: KlaviyoAccount,
  id: string | undefined,
  edge: string | undefined,
  { body }: VendorRequest,
): VendorAnswer {
  if (!id) return take(account, body);
  const job = account.jobs.find((one) => one.id === id);
  if (!job) return fault(404, 'not_found', 'A job with this id does not exist.');
  return edge === 'import-errors' ? errorsOf(job) : ask(account, job);
}

function take(account: KlaviyoAccount, body: string): VendorAnswer {
  const given = newJob.safeParse(JSON.parse(body)).data;
  if (!given) return fault(400, 'invalid', 'The body is not an import job.');
  const job: KlJob = {
    id: `job${account.jobs.length + 1}`,
    list: given.data.relationships.lists.data[0]!.id,
    emails: given.data.attributes.profiles.data.map((one) => one.attributes.email),
    asksLeft: 1,
  };
  account.jobs.push(job);
  return { status: 202, json: { data: show(job, 'queued') } };
}

function ask(account: KlaviyoAccount, job: KlJob): VendorAnswer {
  if (job.asksLeft > 0) {
    job.asksLeft--;
    return { status: 200, json: { data: show(job, 'processing') } };
  }
  const list = account.lists.find((one) => one.id === job.list);
  for (const email of job.emails.filter(isValid)) list?.members.add(upsert(account, email));
  return { status: 200, json: { data: show(job, 'complete') } };
}

function upsert({ profiles }: KlaviyoAccount, email: string): string {
  const known = profiles.find((profile) => profile.email?.toLowerCase() === email.toLowerCase());
  if (known) return known.id;
  const at = '2026-11-20T12:00:00+00:00';
  const made = {
    id: `made-${profiles.length}`,
    email,
    phone_number: null,
    external_id: null,
    first_name: null,
    last_name: null,
    created: at,
    updated: at,
    properties: {},
    subscriptions: {
      email: { marketing: { can_receive_email_marketing: true, consent: 'NEVER_SUBSCRIBED' } },
    },
  };
  profiles.push(made);
  return made.id;
}

function errorsOf({ emails }: KlJob): VendorAnswer {
  const data = emails
    .filter((email) => !isValid(email))
    .map((email, index) => ({
      type: 'import-error',
      id: `error${index}`,
      attributes: {
        code: 'invalid',
        title: 'Invalid input.',
        detail: `'${email}' is not a valid email.`,
        source: { pointer: `/data/attributes/profiles/data/${index}/attributes/email` },
        original_payload: { type: 'profile', attributes: { email } },
      },
    }));
  return { status: 200, json: { data, links: { self: 'https://a.klaviyo.com/', next: null, prev: null } } };
}

function show({ id, emails }: KlJob, status: string): object {
  const failed_count = emails.filter((email) => !isValid(email)).length;
  const isDone = status === 'complete';
  return {
    type: 'profile-bulk-import-job',
    id,
    attributes: {
      status,
      created_at: '2026-11-20T12:00:00+00:00',
      total_count: emails.length,
      completed_count: isDone ? emails.length - failed_count : 0,
      failed_count: isDone ? failed_count : 0,
    },
    links: { self: `https://a.klaviyo.com/api/profile-bulk-import-jobs/${id}/` },
  };
}

/** Klaviyo has its own opinion of addresses; `refused@` is one it has of nobody else. */
function isValid(email: string): boolean {
  if (email.startsWith('refused@')) return false;
  return /^[^@\s]+@[^@\s]+\.[a-z]+$/i.test(email);
}
