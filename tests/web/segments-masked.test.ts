import { beforeAll, describe, expect, test } from 'vitest';
import { withWorkspace } from '../../src/db/doors.ts';
import { refreshWorkspace } from '../../src/flow/segment/refresh.ts';
import { updateSegment } from '../../src/flow/segment/segments.ts';
import { openPages } from './pages-cast.ts';
import { hear } from './people/people-cast.ts';
import { makeSegment, wordsOf } from './segments-cast.ts';

const { cast, databases, get } = await openPages();
const ADDRESS = 'ada@mail.example';
const PHONE = '+49 30 901820';
let ada: string;

beforeAll(async () => {
  const { database } = databases;
  const hasAddress = { trait: 'email', op: 'eq', value: ADDRESS };
  await makeSegment(database, cast.workspaceId, 'one', { all: [hasAddress] });
  const heard = { at: '2026-01-05T10:00:00Z', userId: 'ada', traits: { email: ADDRESS, phone: PHONE } };
  const find = await hear(database, cast.workspaceId, [heard]);
  ada = await find('user_id', 'ada');
  const definition = {
    any: [
      hasAddress,
      { trait: 'phone', op: 'eq', value: PHONE },
      { trait: 'born', op: 'eq', value: '1990-02-01' },
    ],
  };
  await withWorkspace(
    database,
    cast.workspaceId,
    async ({ db, workspace }) => await updateSegment(db, workspace, 'one', { definition }),
  );
  await refreshWorkspace(database, cast.workspaceId, { trigger: 'test' });
});

describe('an address or a phone in the rule of a segment', () => {
  const pages = () => [
    '/segments/one',
    '/segments/one/versions',
    `/segments/one/why/${ada}`,
    `/people/${ada}`,
  ];

  test('is masked for a viewer on every page that says the rule', async () => {
    for (const path of pages()) {
      const words = wordsOf(await get('viewer', path));
      expect(words, path).not.toContain(ADDRESS);
      expect(words, path).not.toContain(PHONE);
    }
  });

  test('stands there for a marketer, and a day stands there for both', async () => {
    const words = wordsOf(await get('marketer', '/segments/one'));
    expect(words).toContain(`email is “${ADDRESS}” or phone is “${PHONE}”`);
    expect(wordsOf(await get('viewer', '/segments/one'))).toContain('born is “1990-02-01”');
  });
});
