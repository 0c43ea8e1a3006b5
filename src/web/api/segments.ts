import { z } from 'zod';
import { Invalid } from '../../base/errors.ts';
import { type Scope, withWorkspace } from '../../db/doors.ts';
import {
  checkDefinition,
  createSegment,
  getSegment,
  listSegments,
  removeSegment,
  type Segment,
  updateSegment,
} from '../../flow/segment/segments.ts';
import { endpoint } from '../endpoint.ts';

const params = z.strictObject({ key: z.string().min(1).max(200) });
const name = z.string().trim().min(1).max(200);
const description = z.string().max(2_000).nullable();
/** Checked by the rule language, with paths into it. */
const definition = z
  .looseObject({})
  .meta({ title: 'Rule', description: 'A rule tree: #/components/schemas/Rule' });

/** GET /api/v1/segments, by key. */
export const getSegments = endpoint({
  query: z.strictObject({
    after: z.string().max(200).optional(),
    limit: z.coerce.number().int().min(1).max(1_000).default(1_000),
  }),
  handle: async (request) =>
    await withWorkspace(request.web, request.workspaceId, async ({ db, workspace }) => {
      const { after = '', limit } = request.query;
      const known = (await listSegments(db, workspace.id)).sort((a, b) => (a.key < b.key ? -1 : 1));
      const page = known.filter(({ key }) => key > after).slice(0, limit);
      const last = page.at(-1);
      const next = last && last.key !== known.at(-1)?.key ? last.key : null;
      return { json: { segments: page.map(describeSegment), next } };
    }),
});

/** POST /api/v1/segments: 201 as `pending`; the next refresh computes it. */
export const createSegmentEndpoint = endpoint({
  body: z.strictObject({
    key: z.string().min(1).max(100),
    name,
    description: description.optional(),
    definition,
  }),
  handle: async (request) =>
    await withWorkspace(request.web, request.workspaceId, async (scope) => {
      const { description: words = null, ...given } = request.body;
      await checkRule(scope, given.key, given.definition);
      const made = await createSegment(scope.db, scope.workspace, { ...given, description: words });
      return { status: 201, json: describeSegment(made) };
    }),
});

/** GET /api/v1/segments/:key */
export const getSegmentEndpoint = endpoint({
  params,
  handle: async (request) =>
    await withWorkspace(request.web, request.workspaceId, async ({ db, workspace }) => ({
      json: describeSegment(await getSegment(db, workspace.id, request.params.key)),
    })),
});

/** PATCH /api/v1/segments/:key: another definition is another version, computed in full by the next refresh. */
export const updateSegmentEndpoint = endpoint({
  params,
  body: z.strictObject({
    name: name.optional(),
    description: description.optional(),
    definition: definition.optional(),
  }),
  handle: async (request) =>
    await withWorkspace(request.web, request.workspaceId, async (scope) => {
      const { key } = request.params;
      if (request.body.definition) await checkRule(scope, key, request.body.definition);
      const changed = await updateSegment(scope.db, scope.workspace, key, request.body);
      return { json: describeSegment(changed) };
    }),
});

/** DELETE /api/v1/segments/:key */
export const removeSegmentEndpoint = endpoint({
  params,
  takesBytes: true,
  handle: async (request) =>
    await withWorkspace(request.web, request.workspaceId, async ({ db, workspace }) => {
      await removeSegment(db, workspace.id, request.params.key);
      return { json: { removed: request.params.key } };
    }),
});

function describeSegment(row: Segment) {
  const { key, name: called, description: words, kind, definition: rule, size, asOf, status } = row;
  const reason = row.statusReason ? { statusReason: row.statusReason } : {};
  return { key, name: called, description: words, kind, definition: rule, size, asOf, status, ...reason };
}

/** The paths of the rule language, as paths of the body. */
async function checkRule({ db, workspace }: Scope, key: string, given: unknown): Promise<void> {
  try {
    await checkDefinition(db, workspace, key, given);
  } catch (error) {
    throw error instanceof Invalid ? inDefinition(error) : error;
  }
}

export function inDefinition(error: Invalid): Invalid {
  const issues = error.issues.map(({ path, message }) => ({
    path:
      path.startsWith('definition') || path === 'asOf'
        ? path
        : ['definition', path].filter(Boolean).join('.'),
    message,
  }));
  return new Invalid(issues, { cause: error });
}
