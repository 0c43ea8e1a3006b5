import pg from 'pg';
import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import { checkServer } from '../../src/db/requirements.ts';

const admin = new pg.Client({ connectionString: inject('adminUrl') });
const made: string[] = [];

beforeAll(async () => await admin.connect());
afterAll(async () => {
  for (const name of made) await admin.query(`drop database ${name} with (force)`);
  await admin.end();
});

test('a database in which refreshes can work is let through', async () => {
  await expect(checkServer(await makeDatabase('fitting', ''))).resolves.toBeUndefined();
});

test('one in an encoding that loses letters is refused', async () => {
  await expect(
    checkServer(await makeDatabase('lossy', "encoding 'SQL_ASCII' locale_provider libc locale 'C'")),
  ).rejects.toThrow(/in SQL_ASCII; Segments needs one in UTF8/);
});

test('one whose user may make no temporary table is refused with what to grant', async () => {
  const url = await makeDatabase('barred', '');
  await admin.query('revoke temporary on database barred from public');
  await expect(checkServer(url)).rejects.toThrow(/grant temporary on database barred to app/);
});

/** A database of somebody else, and the address under which our own user finds it. */
async function makeDatabase(name: string, options: string): Promise<string> {
  made.push(name);
  await admin.query(`create database ${name} template template0 ${options}`);
  const url = new URL(inject('adminUrl').replace('@/', '@localhost/'));
  url.pathname = `/${name}`;
  url.username = 'app';
  return url.href.replace('@localhost/', '@/');
}
