import { z } from 'zod';
import { Invalid, NotFound } from '../../base/errors.ts';
import { withWorkspace } from '../../db/doors.ts';
import type { Db } from '../../db/pool.ts';
import { findSourceByKey } from '../../flow/collect/sources.ts';
import { findProfileByIdentifier, findProfileId } from '../../flow/identify/profiles.ts';
import { listTimeline, type TimelineEvent } from '../../flow/profile/timeline.sql.ts';
import { listTraits } from '../../flow/profile/traits.sql.ts';
import { explainPerson } from '../../flow/segment/why-all.ts';
import { listPresentSegments } from '../../reports/people.sql.ts';
import { listProfileIds, loadProfiles } from '../../reports/profiles.ts';
import { endpoint, type KeyedContext } from '../endpoint.ts';

const id = z.strictObject({ id: z.uuid() });
const limit = z.coerce.number().int().min(1).max(1_000).default(100);
/** `email:ada@example.com`, `source:mailchimp:77`: the kind, then the value, which may hold colons. */
const identifier = z
  .string()
  .regex(/^[a-z_]+:./, 'Write it as kind:value, for example email:ada@example.com.');

/** GET /api/v1/profiles?identifier=email:…: the person who has it, or everyone a page at a time. */
export const getProfiles = endpoint({
  query: z.strictObject({ identifier: identifier.optional(), after: z.uuid().optional(), limit }),
  handle: async (request) =>
    await withWorkspace(request.web, request.workspaceId, async ({ db, workspace }) => {
      const { after, limit: count, identifier: given } = request.query;
      if (given !== undefined) {
        const found = await findByIdentifier(db, workspace.id, given);
        return { json: { profiles: await loadProfiles(db, workspace.id, found ? [found] : []), next: null } };
      }
      const ids = await listProfileIds(db, workspace.id, { after, limit: count });
      const next = ids.length === count ? ids.at(-1)! : null;
      return { json: { profiles: await loadProfiles(db, workspace.id, ids), next } };
    }),
});

/** GET /api/v1/profiles/:id: also by an id the person had before a merge. */
export const getProfile = endpoint({
  params: id,
  handle: async (request) =>
    await asPerson(request, async (db, workspaceId, profileId) => {
      const [profile] = await loadProfiles(db, workspaceId, [profileId]);
      return { json: profile };
    }),
});

/** GET /api/v1/profiles/:id/events: the timeline, the newest first. */
export const getProfileEvents = endpoint({
  params: id,
  query: z.strictObject({
    after: z.string().max(100).optional(),
    limit,
    name: z.string().max(200).optional(),
  }),
  handle: async (request) =>
    await asPerson(request, async (db, workspaceId, profileId) => {
      const { after, limit: count, name } = request.query;
      const wish = { profileId, name, after: after === undefined ? undefined : readKey(after), limit: count };
      const found = await listTimeline(db, workspaceId, wish);
      const last = found.at(-1);
      const next = last && found.length === count ? `${last.occurredAt.toISOString()}_${last.id}` : null;
      return { json: { events: found.map(toEvent), next } };
    }),
});

/** GET /api/v1/profiles/:id/segments: what the person is in, since when and why; `misses=yes` adds what they miss. */
export const getProfileSegments = endpoint({
  params: id,
  query: z.strictObject({ misses: z.enum(['yes', 'no']).default('no') }),
  handle: async (request) =>
    await withWorkspace(request.web, request.workspaceId, async ({ db, workspace }) => {
      const profileId = await findProfileId(db, workspace.id, request.params.id);
      if (!profileId) throw new NotFound('There is no such person.');
      const { asOf, belongings } = await explainPerson(db, workspace, profileId);
      const reasons = new Map(belongings.map((one) => [one.key, one]));
      const segments = (await listPresentSegments(db, workspace.id, profileId)).map((one) => {
        const { member = false, tree = null, until = null } = reasons.get(one.key) ?? {};
        return { ...one, member, until, tree };
      });
      const misses = belongings
        .filter(({ member }) => !member)
        .map(({ key, name, kind, nearest, sure }) => ({ key, name, kind, nearest, sure }));
      return {
        json:
          request.query.misses === 'yes' ? { asOf, segments, misses, next: null } : { segments, next: null },
      };
    }),
});

/** GET /api/v1/profiles/:id/traits: what each source says, and which of it counts. */
export const getProfileTraits = endpoint({
  params: id,
  handle: async (request) =>
    await asPerson(request, async (db, workspaceId, profileId) => {
      const traits = (await listTraits(db, workspaceId, profileId)).map(
        ({ name, value, sourceKey, changedAt, isShown }) => ({
          name,
          value,
          source: sourceKey,
          changedAt,
          isShown,
        }),
      );
      return { json: { traits, next: null } };
    }),
});

/** The key of the last event of the page before: its time and its id. */
export function readKey(after: string): { at: Date; id: string } {
  const [time = '', last = ''] = after.split('_');
  const at = new Date(time);
  if (Number.isNaN(at.getTime()) || !z.guid().safeParse(last).success)
    throw new Invalid([{ path: 'after', message: 'Use the value of next from the page before.' }]);
  return { at, id: last };
}

async function asPerson<Answer>(
  request: KeyedContext & { params: { id: string } },
  tell: (db: Db, workspaceId: string, profileId: string) => Promise<Answer>,
): Promise<Answer> {
  return await withWorkspace(request.web, request.workspaceId, async ({ db, workspace }) => {
    const profileId = await findProfileId(db, workspace.id, request.params.id);
    if (!profileId) throw new NotFound('There is no such person.');
    return await tell(db, workspace.id, profileId);
  });
}

async function findByIdentifier(db: Db, workspaceId: string, given: string): Promise<string | null> {
  const [kind = '', ...rest] = given.split(':');
  if (kind !== 'source') return await findProfileByIdentifier(db, workspaceId, kind, rest.join(':'));
  const source = await findSourceByKey(db, workspaceId, rest[0] ?? '');
  if (!source) return null;
  return await findProfileByIdentifier(db, workspaceId, `source:${source.id}`, rest.slice(1).join(':'));
}

function toEvent({ id: eventId, name, occurredAt, sourceKey, value, currency, properties }: TimelineEvent) {
  const amount = value === null ? null : Number(value);
  return { id: eventId, name, occurredAt, source: sourceKey, value: amount, currency, properties };
}
