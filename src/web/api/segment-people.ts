import { z } from 'zod';
import { Invalid, NotFound } from '../../base/errors.ts';
import { moment } from '../../base/moments.ts';
import { withWorkspace } from '../../db/doors.ts';
import { findProfileId } from '../../flow/identify/profiles.ts';
import { listMembers } from '../../flow/segment/members.sql.ts';
import { previewDefinition } from '../../flow/segment/preview.ts';
import { findLastAsOf } from '../../flow/segment/refresh.ts';
import { getSegment } from '../../flow/segment/segments.ts';
import { explainMembership } from '../../flow/segment/why.ts';
import { loadProfiles, loadShownIdentifiers } from '../../reports/profiles.ts';
import { endpoint } from '../endpoint.ts';
import { inDefinition } from './segments.ts';

const key = z.string().min(1).max(200);

/** POST /api/v1/segments/preview: counts a rule exactly, without keeping it. */
export const previewSegment = endpoint({
  body: z.strictObject({ definition: z.looseObject({}).meta({ title: 'Rule' }), asOf: moment.optional() }),
  handle: async (request) =>
    await withWorkspace(request.web, request.workspaceId, async ({ db, workspace }) => {
      const preview = await previewDefinition(db, workspace, request.body).catch((error: unknown) => {
        throw error instanceof Invalid ? inDefinition(error) : error;
      });
      return { json: { ...preview, sample: await loadProfiles(db, workspace.id, preview.sample) } };
    }),
});

/** GET /api/v1/segments/:key/members: as of the last refresh, or as published at a moment; by profile. */
export const getSegmentMembers = endpoint({
  params: z.strictObject({ key }),
  query: z.strictObject({
    asOf: moment.optional(),
    after: z.guid().optional(),
    limit: z.coerce.number().int().min(1).max(1_000).default(100),
  }),
  handle: async (request) =>
    await withWorkspace(request.web, request.workspaceId, async ({ db, workspace }) => {
      const segment = await getSegment(db, workspace.id, request.params.key);
      const { after, limit, asOf: asked } = request.query;
      const asOf = asked ?? (await findLastAsOf(db, workspace.id));
      if (!asOf) return { json: { asOf: null, members: [], next: null } };
      const page = { workspaceId: workspace.id, key: segment.key, asOf, after, limit };
      const members = await listMembers(db, page);
      const ids = members.map((one) => one.profileId);
      const shown = Map.groupBy(await loadShownIdentifiers(db, workspace.id, ids), (one) => one.profileId);
      const next = members.length === limit ? (members.at(-1)?.profileId ?? null) : null;
      const rows = members.map(({ profileId, enteredAt, leftAt }) => ({
        profile: profileId,
        enteredAt,
        leftAt,
        identifiers: (shown.get(profileId) ?? []).map(({ kind, value }) => ({ kind, value })),
      }));
      return { json: { asOf, members: rows, next } };
    }),
});

/** GET /api/v1/segments/:key/why/:profileId: the rule tree with what holds and what proves it. */
export const explainSegmentMember = endpoint({
  params: z.strictObject({ key, profileId: z.guid() }),
  query: z.strictObject({ asOf: moment.optional() }),
  handle: async (request) =>
    await withWorkspace(request.web, request.workspaceId, async ({ db, workspace }) => {
      const profileId = await findProfileId(db, workspace.id, request.params.profileId);
      if (!profileId) throw new NotFound('There is no such person.');
      const asked = { key: request.params.key, profileId, asOf: request.query.asOf };
      return { json: await explainMembership(db, workspace, asked) };
    }),
});
