import { z } from 'zod';
import { withWorkspace } from '../../db/doors.ts';
import { createSource } from '../../flow/collect/sources.ts';
import { syncSource } from '../../flow/collect/sync.ts';
import { command } from '../command.ts';
import { carry } from '../pipeline.ts';
import { reconcileSource } from '../reconciling.ts';
import { scanStream } from '../scanning.ts';

/** Another run of the source, or another process that carries, is waited for this long. */
const WAIT_MS = 10 * 60_000;

const settingsText = z.string().transform((text, context): Record<string, unknown> => {
  const parsed = z.record(z.string(), z.unknown()).safeParse(parseJson(text));
  if (parsed.success) return parsed.data;
  context.addIssue({ code: 'custom', message: 'must be a JSON object, such as {"apiKey": "…"}' });
  return z.NEVER;
});

export const commands = [
  command({
    name: 'source create',
    about: 'Connects a source. Its settings are checked for their form; `source sync` tries them.',
    options: z.strictObject({
      workspace: z.uuid(),
      connector: z.string().min(1),
      name: z.string().min(1).max(100),
      settings: settingsText.default({}),
    }),
    run: async ({ database }, options) =>
      await withWorkspace(database, options.workspace, async ({ db, workspace }) => {
        const { source, hookToken } = await createSource(db, { ...options, workspace });
        return { source: source.id, hook: `/hooks/${hookToken}` };
      }),
  }),
  command({
    name: 'source sync',
    about: 'Fetches a source now, carries what came to people, and says what it brought.',
    options: z.strictObject({ workspace: z.uuid(), source: z.uuid(), full: z.boolean().default(false) }),
    run: async ({ database }, { workspace, source, full }) => {
      const result = await syncSource(database, workspace, source, {
        trigger: 'command',
        full,
        waitMs: WAIT_MS,
      });
      await carry(database, workspace, { waitMs: WAIT_MS });
      return result;
    },
  }),
  command({
    name: 'source reconcile',
    about: 'Asks the vendor what it counts, day by day, and compares it with what is here.',
    options: z.strictObject({ workspace: z.uuid(), source: z.uuid() }),
    run: async ({ database }, { workspace, source }) => {
      await carry(database, workspace, { waitMs: WAIT_MS });
      return await reconcileSource(database, workspace, source);
    },
  }),
  command({
    name: 'source scan',
    about: 'Reads a whole stream again and takes back what the vendor does not list any more.',
    options: z.strictObject({ workspace: z.uuid(), source: z.uuid(), stream: z.string().min(1) }),
    run: async ({ database }, { workspace, source, stream }) =>
      await scanStream(database, { workspaceId: workspace, sourceId: source, stream }),
  }),
];

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // Told with the field, as for any other text that is no object.
    return undefined;
  }
}
