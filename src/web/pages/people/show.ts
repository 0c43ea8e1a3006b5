import { z } from 'zod';
import { NotFound } from '../../../base/errors.ts';
import { withWorkspace } from '../../../db/doors.ts';
import type { Db } from '../../../db/pool.ts';
import { listSources } from '../../../flow/collect/sources.ts';
import { findProfileId } from '../../../flow/identify/profiles.ts';
import { loadConsents } from '../../../flow/profile/consents.sql.ts';
import { countEventNames, listTimeline } from '../../../flow/profile/timeline.sql.ts';
import { listTraits } from '../../../flow/profile/traits.sql.ts';
import { loadTitles } from '../../../flow/segment/titles.ts';
import { explainPerson } from '../../../flow/segment/why-all.ts';
import { listMessagesOf, listPresentSegments } from '../../../reports/people.sql.ts';
import { loadProfiles, loadShownIdentifiers } from '../../../reports/profiles.ts';
import { readKey } from '../../api/profiles.ts';
import { LIMITS } from '../../limits.ts';
import { belongingsModel } from '../../models/belongings.ts';
import { formatNumber } from '../../models/format.ts';
import { type Eyes, eventTitle } from '../../models/people.ts';
import {
  consentModels,
  eventModel,
  identifierModel,
  messageModel,
  personHead,
  traitModel,
} from '../../models/person.ts';
import { page } from '../../page.ts';
import { colleagueNames } from '../segments/by-hand.ts';

const empty = z.literal('').transform(() => undefined);
const query = z.strictObject({
  event: z.union([empty, z.string().max(200)]).optional(),
  source: z.union([empty, z.uuid()]).optional(),
  after: z.string().max(100).optional(),
});
type Query = z.infer<typeof query>;

/** The complete view of one person, over all sources. */
export const showPerson = page({
  params: z.strictObject({ id: z.uuid() }),
  query,
  handle: async (request) => {
    const { workspace, user, params } = request;
    const eyes: Eyes = { role: user.role, timezone: workspace.timezone, currency: workspace.currency };
    const names = await colleagueNames(request);
    return await withWorkspace(request.web, workspace.id, async ({ db }) => {
      const id = await findProfileId(db, workspace.id, params.id);
      if (!id) throw new NotFound('There is no such person.');
      if (id !== params.id) return { redirect: `/people/${id}` };
      const head = await loadHead(db, workspace.id, id, eyes);
      const { belongings } = await explainPerson(db, workspace, id, await loadTitles(db, workspace.id));
      const published = await listPresentSegments(db, workspace.id, id);
      return {
        view: 'people/show',
        title: head.name,
        crumbs: [{ label: 'People', href: '/people' }, { label: head.name }],
        actions:
          user.role === 'admin'
            ? [
                { label: 'Privacy', href: `/people/${id}/privacy` },
                { label: 'Merge or undo', href: `/people/${id}/merges` },
              ]
            : [],
        model: {
          ...head,
          base: `/people/${id}`,
          ...(await loadTimeline(db, workspace.id, id, request.query, eyes)),
          ...(await loadSides(db, workspace.id, id, eyes)),
          segments: belongingsModel(belongings, published, { profileId: id, eyes, names }),
        },
      };
    });
  },
});

async function loadHead(db: Db, workspaceId: string, id: string, eyes: Eyes) {
  const [profile] = await loadProfiles(db, workspaceId, [id]);
  if (!profile) throw new NotFound('There is no such person.');
  const identifiers = await loadShownIdentifiers(db, workspaceId, [id]);
  return { ...personHead(profile, eyes), identifiers: identifiers.map((one) => identifierModel(one, eyes)) };
}

async function loadTimeline(db: Db, workspaceId: string, profileId: string, asked: Query, eyes: Eyes) {
  const limit = LIMITS.rowsPerPage;
  const after = asked.after === undefined ? undefined : readKey(asked.after);
  const wish = { profileId, name: asked.event, sourceId: asked.source, after, limit: limit + 1 };
  const found = await listTimeline(db, workspaceId, wish);
  const last = found[limit - 1];
  const sources = await listSources(db, workspaceId);
  const names = await countEventNames(db, workspaceId, profileId);
  const base = `/people/${profileId}`;
  const events = found.slice(0, limit).map((event) => eventModel(event, eyes));
  return {
    events,
    asked: { event: asked.event ?? '', source: asked.source ?? '' },
    eventChoices: names.map(({ name, count }) => ({
      value: name,
      label: `${eventTitle(name)} (${formatNumber(count)})`,
    })),
    sourceChoices: sources.map(({ id, name }) => ({ value: id, label: name })),
    next:
      found.length > limit && last
        ? addressOf(base, asked, `${last.occurredAt.toISOString()}_${last.id}`)
        : null,
    first: asked.after ? addressOf(base, asked, null) : null,
  };
}

async function loadSides(db: Db, workspaceId: string, id: string, eyes: Eyes) {
  const sources = new Map((await listSources(db, workspaceId)).map((source) => [source.id, source.name]));
  return {
    traits: (await listTraits(db, workspaceId, id)).map((trait) => traitModel(trait, eyes)),
    consents: consentModels(await loadConsents(db, workspaceId, [id]), sources, eyes),
    messages: (await listMessagesOf(db, workspaceId, id)).map((row) => messageModel(row, eyes)),
  };
}

function addressOf(base: string, asked: Query, after: string | null): string {
  const search = new URLSearchParams();
  if (asked.event) search.set('event', asked.event);
  if (asked.source) search.set('source', asked.source);
  if (after) search.set('after', after);
  return `${base}${search.size > 0 ? `?${search}` : ''}#timeline`;
}
