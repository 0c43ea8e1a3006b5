import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { PushBatch, PushPerson } from '../../src/connectors/audience.ts';
import csvFolder from '../../src/connectors/csv-folder/csv-folder.ts';
import { contextFor } from './reading.ts';

let folder: string;
beforeEach(async () => {
  folder = path.join(await mkdtemp(path.join(tmpdir(), 'segments-csv-')), 'exports');
});
afterEach(async () => await rm(path.dirname(folder), { recursive: true }));

const person = (index: number, extra: Partial<PushPerson> = {}): PushPerson => ({
  profileId: `p${index}`,
  email: `person${index}@example.com`,
  phone: null,
  traits: { firstName: 'Ada', plan: 'gold' },
  changeId: `c${index}`,
  hasAdsConsent: false,
  ...extra,
});

async function push(given: Partial<PushBatch>, settings: object = {}) {
  const ctx = contextFor(csvFolder, { host: '' }, settings, { folder });
  const batch = {
    audience: 'Gold',
    audienceKey: 'abcdef0123456789',
    there: 0,
    adds: [],
    removes: [],
    ...given,
  };
  return await csvFolder.push!(ctx, batch);
}

async function lines(): Promise<string[]> {
  const [name = ''] = await readdir(folder);
  return (await readFile(path.join(folder, name), 'utf8'))
    .replace('\uFEFF', '')
    .split('\r\n')
    .filter(Boolean);
}

test('the file holds everyone in the segment, whatever is told twice', async () => {
  await push({ adds: [person(1), person(2)] }, { traits: 'plan' });
  const next = { adds: [person(3), person(1, { email: 'new@example.com' })], removes: [person(2)], there: 2 };
  await push(next, { traits: 'plan' });
  await push(next, { traits: 'plan' });
  expect(await lines()).toEqual([
    'person,email,phone,firstName,lastName,plan',
    'p3,person3@example.com,,Ada,,gold',
    'p1,new@example.com,,Ada,,gold',
  ]);
});

test('no name leads out of the folder, and nothing else is left in it', async () => {
  await push({ audience: '../../etc/passwd\u0000', adds: [person(1)] });
  await push({ audience: '…', audienceKey: '../x99999999', adds: [person(1)] });
  expect((await readdir(folder)).sort()).toEqual(['etc-passwd-23456789.csv', 'segment-99999999.csv']);
  expect((await stat(folder)).mode & 0o777).toBe(0o700);
});

test('cells that a spreadsheet would run, and line ends in them, are made harmless', async () => {
  const traits = { firstName: '=HYPERLINK("http://evil.example")', lastName: 'Line\nend, "quoted"' };
  await push({ adds: [person(1, { traits })] });
  expect((await lines())[1]).toBe(
    'p1,person1@example.com,,"\'=HYPERLINK(""http://evil.example"")","Line end, ""quoted"""',
  );
});

test('a file that is gone, or has other columns, is not begun anew behind your back', async () => {
  await push({ adds: [person(1)] });
  await expect(push({ adds: [person(2)], there: 1 }, { traits: 'plan' })).rejects.toThrow(/columns/);
  const [name = ''] = await readdir(folder);
  await rm(path.join(folder, name));
  await expect(push({ adds: [person(2)], there: 1 })).rejects.toThrow(/Send everyone again/);
  expect(await readdir(folder)).toEqual([]);
});

test('a folder that cannot be written to says so', async () => {
  await writeFile(folder, 'in the way');
  await expect(push({ adds: [person(1)] })).rejects.toThrow(/could not be written/);
});
