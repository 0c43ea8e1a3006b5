import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { gunzipSync } from 'node:zlib';
import { eq } from 'drizzle-orm';
import iconv from 'iconv-lite';
import { expect, test } from 'vitest';
import { Invalid } from '../../../../src/base/errors.ts';
import { csvMapping } from '../../../../src/connectors/csv/mapping.ts';
import type { Workspace } from '../../../../src/db/doors.ts';
import { pendingRawEvents, quarantine, rawEvents } from '../../../../src/db/schema/collect.ts';
import { importFile } from '../../../../src/flow/collect/csv/import.ts';
import {
  createUpload,
  getUpload,
  setMapping,
  type UploadKind,
} from '../../../../src/flow/collect/csv/uploads.ts';
import { createBuiltInSources } from '../../../../src/flow/collect/sources.ts';
import { createWorkspace } from '../../../setup/cast.ts';
import { createTestDatabase } from '../../../setup/database.ts';

const { database } = await createTestDatabase();
const folder = mkdtempSync(path.join(os.tmpdir(), 'csv-'));
let files = 0;

async function openWorkspace(): Promise<Workspace> {
  const workspace = await createWorkspace(database);
  await createBuiltInSources(database.db, workspace);
  return workspace;
}
function writeFile(content: string | Buffer): string {
  const file = path.join(folder, `${files++}.csv`);
  writeFileSync(file, content);
  return file;
}
async function importAs(workspace: Workspace, kind: UploadKind, content: string | Buffer, map: unknown) {
  const file = writeFile(content);
  const given = { workspaceId: workspace.id, path: file, fileName: 'orders.csv', createdBy: null };
  const { upload } = await createUpload(database.db, given);
  const mapped = await setMapping(database.db, upload, kind, csvMapping.parse(map));
  const counts = await importFile(database, mapped, file);
  return { counts, upload: await getUpload(database.db, workspace.id, upload.id) };
}
const listRaw = async ({ id }: Workspace) =>
  await database.db.select().from(rawEvents).where(eq(rawEvents.workspaceId, id)).orderBy(rawEvents.id);
const countPending = async ({ id }: Workspace) =>
  (await database.db.select().from(pendingRawEvents).where(eq(pendingRawEvents.workspaceId, id))).length;
const rowsOf = async (workspace: Workspace) =>
  (await listRaw(workspace)).map((raw) => (raw.payload as { row: Record<string, string> }).row);

const CDNOW = gunzipSync(
  readFileSync(path.join(import.meta.dirname, '../../../fixtures/cdnow/transactions.csv.gz')),
);
const PURCHASES = {
  identifiers: { user_id: 'customer_id' },
  event: 'order_placed',
  occurredAt: { column: 'date', format: 'yyyy-MM-dd' },
  value: { column: 'amount' },
  currency: 'USD',
  properties: { quantity: 'cds' },
};
const PEOPLE = { identifiers: { email: 'email' }, traits: { name: 'name' } };

test('a file of 6,919 purchases is stored row by row, and again changes nothing', async () => {
  const workspace = await openWorkspace();
  const first = await importAs(workspace, 'events', CDNOW, PURCHASES);
  expect(first.counts).toEqual({ rows: 6_919, accepted: 6_919, unchanged: 0, quarantined: 0 });
  expect(first.upload).toMatchObject({
    rows: 6_919,
    bytesRead: CDNOW.length,
    layout: { encoding: 'utf-8', delimiter: ',' },
  });
  const again = await importAs(workspace, 'events', CDNOW, PURCHASES);
  expect(again.counts).toEqual({ rows: 6_919, accepted: 6_919, unchanged: 6_919, quarantined: 0 });
  expect(await listRaw(workspace)).toHaveLength(6_919);
  expect(await countPending(workspace)).toBe(6_919);
});

test('two equal rows are two events, and with an external id they are one', async () => {
  const workspace = await openWorkspace();
  const file = 'customer_id,date,amount,cds,invoice\n1,2026-01-01,5,1,A\n1,2026-01-01,5,1,A\n';
  expect((await importAs(workspace, 'events', file, PURCHASES)).counts).toMatchObject({
    rows: 2,
    unchanged: 0,
  });
  const known = await importAs(workspace, 'events', file, { ...PURCHASES, externalId: ['invoice'] });
  expect(known.counts).toMatchObject({ rows: 2, accepted: 2, unchanged: 1 });
});

test('rows that are known by two columns are known in any file', async () => {
  const workspace = await openWorkspace();
  const map = { ...PURCHASES, externalId: ['invoice', 'line'] };
  const header = 'customer_id,date,amount,cds,invoice,line';
  await importAs(workspace, 'events', `${header}\n1,2026-01-01,5,1,A-1,2\n1,2026-01-01,5,1,A,1-2\n`, map);
  const longer = `${header}\n2,2026-01-02,7,1,B,1\n1,2026-01-01,5,1,A-1,2\n1,2026-01-01,6,1,A,1-2\n`;
  const { counts } = await importAs(workspace, 'events', longer, map);
  expect(counts).toMatchObject({ rows: 3, accepted: 3, unchanged: 1 });
  expect(new Set((await listRaw(workspace)).map((raw) => raw.subject)).size).toBe(3);
});

test('bad rows are put aside with their line and reason, and the others are stored', async () => {
  const workspace = await openWorkspace();
  const file =
    'customer_id,date,amount,cds\n1,2026-01-01,ten,1\n\n2,2026-01-01,5,1\n,2026-01-01,5,1\n3,2026-01-01\n4,"2026-\n01-01",5,1\n5,2026-01-01,5,1\n';
  const { counts, upload } = await importAs(workspace, 'events', file, PURCHASES);
  expect(counts).toEqual({ rows: 6, accepted: 2, unchanged: 0, quarantined: 4 });
  const aside = await database.db
    .select()
    .from(quarantine)
    .where(eq(quarantine.uploadId, upload.id))
    .orderBy(quarantine.line);
  expect(aside.map(({ line, path: column, reason }) => [line, column, reason])).toEqual([
    [1, 'amount', '"ten" is not a number.'],
    [3, 'customer_id', 'The row names nobody.'],
    [4, '', 'The row has 2 cells; the header has 4.'],
    [5, 'date', expect.stringContaining('is not a time of the form yyyy-MM-dd')],
  ]);
  expect(aside[0]!.payload).toEqual({ customer_id: '1', date: '2026-01-01', amount: 'ten', cds: '1' });
});

test.each([
  ['UTF-8', Buffer.from('email,name\na@x.test,Zoë\n'), 'utf-8'],
  ['UTF-8 with its mark', Buffer.from('\ufeffemail,name\na@x.test,Zoë\n'), 'utf-8'],
  ['Latin-1', Buffer.from('email;name\na@x.test;Zoë\n', 'latin1'), 'windows-1252'],
  ['UTF-16 of Excel', iconv.encode('email\tname\na@x.test\tZoë\n', 'utf-16le', { addBOM: true }), 'utf-16le'],
  ['UTF-16 without a mark', iconv.encode('email\tname\na@x.test\tZoë\n', 'utf-16le'), 'utf-16le'],
  [
    'UTF-16 the other way',
    iconv.encode('email,name\na@x.test,Zoë\n', 'utf-16be', { addBOM: true }),
    'utf-16be',
  ],
])('a file in %s is read', async (_name, content, encoding) => {
  const workspace = await openWorkspace();
  const { upload, counts } = await importAs(workspace, 'people', content, PEOPLE);
  expect(upload.layout.encoding).toBe(encoding);
  expect(counts).toMatchObject({ rows: 1, accepted: 1 });
  expect(await rowsOf(workspace)).toEqual([{ email: 'a@x.test', name: 'Zoë' }]);
});

test('a name in Latin-1 far down the file is told from UTF-8', async () => {
  const workspace = await openWorkspace();
  const content = Buffer.concat([
    Buffer.from(`email,name\n${'a@x.test,Ada\n'.repeat(6_000)}`),
    Buffer.from('b@x.test,Zoë\n', 'latin1'),
  ]);
  const { upload } = await importAs(workspace, 'people', content, PEOPLE);
  expect(upload).toMatchObject({ layout: { encoding: 'windows-1252' }, rows: 6_001 });
  expect(await rowsOf(workspace)).toContainEqual({ email: 'b@x.test', name: 'Zoë' });
});

test('cells may hold separators, quotes and line breaks', async () => {
  const workspace = await openWorkspace();
  await importAs(workspace, 'people', 'email;name\r\na@x.test;"Tea; ""green""\r\nand, black"\r\n', PEOPLE);
  expect(await rowsOf(workspace)).toEqual([{ email: 'a@x.test', name: 'Tea; "green"\r\nand, black' }]);
});

test('columns without a name and with the same name are told apart', async () => {
  const workspace = await openWorkspace();
  await importAs(workspace, 'people', 'email,name,name,\na@x.test,A,B,C\n', PEOPLE);
  expect(await rowsOf(workspace)).toEqual([
    { email: 'a@x.test', name: 'A', 'name (2)': 'B', 'Column 4': 'C' },
  ]);
});

test('a changed mapping reads the same rows again, and so does going back to the one before', async () => {
  const workspace = await openWorkspace();
  const file = 'email,name,city\na@x.test,Ada,Berlin\n';
  const other = { ...PEOPLE, traits: { name: 'name', city: 'city' } };
  const unchanged: number[] = [];
  for (const map of [PEOPLE, PEOPLE, other, other, PEOPLE, PEOPLE]) {
    unchanged.push((await importAs(workspace, 'people', file, map)).counts.unchanged);
  }
  expect(unchanged).toEqual([0, 1, 0, 1, 0, 1]);
  expect(new Set((await listRaw(workspace)).map((raw) => raw.subject)).size).toBe(1);
});

test('two businesses may import the same file', async () => {
  for (const workspace of [await openWorkspace(), await openWorkspace()]) {
    const { counts } = await importAs(workspace, 'people', 'email,name\na@x.test,Ada\n', PEOPLE);
    expect(counts).toMatchObject({ accepted: 1, unchanged: 0 });
  }
});

test.each([
  ['nothing', Buffer.alloc(0)],
  ['a spreadsheet', Buffer.from('504b030414000600', 'hex')],
  ['a picture', Buffer.from('89504e470d0a1a0a0000000d49484452', 'hex')],
])('a file that is %s is refused in words', async (_what, content) => {
  const workspace = await openWorkspace();
  const given = { workspaceId: workspace.id, path: writeFile(content), fileName: 'x', createdBy: null };
  await expect(createUpload(database.db, given)).rejects.toThrow(Invalid);
});

test('a mapping that names a column the file does not have is refused with its place', async () => {
  const workspace = await openWorkspace();
  const attempt = importAs(workspace, 'events', 'email\na@x.test\n', { identifiers: { email: 'E-mail' } });
  await expect(attempt).rejects.toThrow('identifiers.email: The file has no column "E-mail"');
  await expect(attempt).rejects.toThrow('event: Say what happened');
});

test('a quote that is never closed ends the import with the line', async () => {
  const workspace = await openWorkspace();
  const file = `email,name\na@x.test,Ada\nb@x.test,"Bea\n${'c@x.test,Cee\n'.repeat(100)}`;
  await expect(importAs(workspace, 'people', file, PEOPLE)).rejects.toThrow(
    /a quote is opened and never closed/,
  );
});
