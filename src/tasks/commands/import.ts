import { existsSync } from 'node:fs';
import path from 'node:path';
import { z } from 'zod';
import { Invalid } from '../../base/errors.ts';
import { csvMapping } from '../../connectors/csv/mapping.ts';
import { withWorkspace } from '../../db/doors.ts';
import { checkMapping } from '../../flow/collect/csv/rows.ts';
import { createUpload, setMapping, type Upload } from '../../flow/collect/csv/uploads.ts';
import { type CommandContext, command } from '../command.ts';
import { runImport } from '../importing.ts';

const options = z.object({
  workspace: z.uuid(),
  file: z.string().min(1),
  kind: z.enum(['people', 'events']),
  map: z.string().min(2),
});

export const commands = [
  command({
    name: 'import',
    about: 'reads a CSV file of people or events; answers when they are there',
    options,
    run: async (context, given) => {
      const file = path.resolve(given.file);
      if (!existsSync(file)) throw new Invalid([{ path: 'file', message: 'There is no such file.' }]);
      const upload = await prepareUpload(context, { ...given, file });
      const { rows, accepted, unchanged, quarantined } = await runImport(context.database, upload, file);
      return { upload: upload.id, rows, accepted, unchanged, quarantined };
    },
  }),
];

async function prepareUpload({ database }: CommandContext, given: z.output<typeof options>): Promise<Upload> {
  const map = readMapping(given.map);
  return await withWorkspace(database, given.workspace, async ({ db, workspace }) => {
    const file = {
      workspaceId: workspace.id,
      path: given.file,
      fileName: path.basename(given.file),
      createdBy: null,
    };
    const { upload, columns } = await createUpload(db, file);
    checkMapping(given.kind, map, columns);
    return await setMapping(db, upload, given.kind, map);
  });
}

function readMapping(text: string) {
  const parsed = csvMapping.safeParse(parseJson(text));
  if (parsed.success) return parsed.data;
  throw new Invalid(
    parsed.error.issues.map(({ path: place, message }) => ({ path: ['map', ...place].join('.'), message })),
  );
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new Invalid([{ path: 'map', message: 'The mapping is not JSON.' }], { cause });
  }
}
