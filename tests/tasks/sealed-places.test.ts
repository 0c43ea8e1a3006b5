import { sql } from 'drizzle-orm';
import { expect, test } from 'vitest';
import { rowsOf } from '../../src/db/pool.ts';
import { SEALED_PLACES } from '../../src/tasks/sealed-places.ts';
import { codeOf, importsOf, readSources } from '../house/sources.ts';
import { createTestDatabase } from '../setup/database.ts';

/** Who seals, and where it is kept. What is sealed for a form only is kept nowhere and needs no place. */
const SEALERS: Record<string, string[]> = {
  'src/db/installation-root.ts': ['installation_keys.sealed'],
  'src/flow/collect/settings.ts': ['sources.hook_token_sealed', 'sources.sealed'],
  'src/flow/send/departures.ts': ['departures.sealed'],
  'src/staff/totp.ts': ['users.totp_sealed'],
  // Seals again what the places list.
  'src/tasks/resealing.ts': [],
};
const KNOWN = SEALED_PLACES.map(({ table, column }) => `${table}.${column}`).sort();

test('every column that holds sealed texts is sealed again with a new key', async () => {
  const { database } = await createTestDatabase();
  const columns = await rowsOf<{ name: string }>(
    database.db,
    sql`select table_name || '.' || column_name as name from information_schema.columns
         where table_schema = 'public' and column_name like '%sealed%' order by 1`,
  );
  expect(columns.map(({ name }) => name).sort()).toEqual(KNOWN);
});

test('every file that seals has said where it keeps it', () => {
  const sealers = codeOf(readSources('src', ['.ts']))
    .filter(([file, code]) =>
      importsOf(file, code).some(
        ({ from, names }) =>
          from === 'src/base/secrets.ts' && names.some(({ imported }) => ['seal', '*'].includes(imported)),
      ),
    )
    .map(([file]) => file);
  expect(sealers.sort()).toEqual(Object.keys(SEALERS).sort());
  expect(Object.values(SEALERS).flat().sort()).toEqual(KNOWN);
});
