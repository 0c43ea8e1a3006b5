import { copyFileSync, existsSync, mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { eq, sql } from 'drizzle-orm';
import { expect, test } from 'vitest';
import { now } from '../../src/base/clock.ts';
import { csvMapping } from '../../src/connectors/csv/mapping.ts';
import { newId } from '../../src/db/ids.ts';
import { rowsOf } from '../../src/db/pool.ts';
import { uploads } from '../../src/db/schema/collect.ts';
import { importFile } from '../../src/flow/collect/csv/import.ts';
import { createUpload, getUpload, setMapping } from '../../src/flow/collect/csv/uploads.ts';
import { onStored } from '../../src/flow/collect/wake.ts';
import { finishImports, uploadPath } from '../../src/tasks/importing.ts';
import { removeOldFiles, resumeImports } from '../../src/tasks/resuming.ts';
import { createTestDatabase } from '../setup/database.ts';
import { createListeningWorkspace } from '../setup/people.ts';

const { database } = await createTestDatabase();
const config = { dataDir: mkdtempSync(path.join(os.tmpdir(), 'resuming-')) };
mkdirSync(path.join(config.dataDir, 'uploads'));
const ROWS = 2_500;

/** An import of 2,500 people whose process ended after the first thousand. */
async function breakOff() {
  const workspace = await createListeningWorkspace(database);
  const source = path.join(config.dataDir, 'given.csv');
  writeFileSync(
    source,
    `email\n${Array.from({ length: ROWS }, (_, index) => `p${index}@x.test`).join('\n')}\n`,
  );
  const given = { workspaceId: workspace.id, path: source, fileName: 'people.csv', createdBy: null };
  const { upload } = await createUpload(database.db, given);
  const mapped = await setMapping(
    database.db,
    upload,
    'people',
    csvMapping.parse({ identifiers: { email: 'email' } }),
  );
  const controller = new AbortController();
  const silence = onStored(() => controller.abort());
  await expect(importFile(database, mapped, source, controller.signal)).rejects.toThrow('aborted');
  silence();
  expect(await getUpload(database.db, workspace.id, upload.id)).toMatchObject({
    status: 'running',
    rows: 1_000,
  });
  return { workspace, upload, source };
}

test('an import that broke off goes on at the next start and loses and doubles nothing', async () => {
  const { workspace, upload, source } = await breakOff();
  const file = uploadPath(config, upload.id);
  copyFileSync(source, file);
  await resumeImports(database, config);
  await finishImports();
  const ended = await getUpload(database.db, workspace.id, upload.id);
  expect(ended).toMatchObject({ status: 'succeeded', rows: ROWS, accepted: ROWS, unchanged: 1_000 });
  const [people] = await rowsOf(
    database.db,
    sql`select count(*)::int as count from profiles where workspace_id = ${workspace.id}`,
  );
  expect(people).toEqual({ count: ROWS });
  expect(existsSync(file)).toBe(false);
}, 60_000);

test('an import whose command is gone ends with what to do', async () => {
  const { workspace, upload } = await breakOff();
  await resumeImports(database, config);
  expect(await getUpload(database.db, workspace.id, upload.id)).toMatchObject({
    status: 'failed',
    message: expect.stringContaining('Import the file again'),
  });
  await database.db.delete(uploads).where(eq(uploads.id, upload.id));
});

test('files that nobody imported are removed after thirty days', async () => {
  const daysAgo = (days: number) => new Date(now().getTime() - days * 24 * 3_600_000);
  const [old, young] = [31, 29].map((days) => uploadPath(config, newId(daysAgo(days))));
  for (const file of [old!, young!]) writeFileSync(file, 'email\n');
  await removeOldFiles(config);
  expect([existsSync(old!), existsSync(young!)]).toEqual([false, true]);
});
