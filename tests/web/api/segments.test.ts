import { OpenAPIBackend } from 'openapi-backend';
import { beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { createKey } from '../../../src/staff/keys.ts';
import { describeApi } from '../../../src/web/api/openapi.ts';
import { routes } from '../../../src/web/routes.ts';
import { insertPurchases } from '../../flow/score/cdnow.ts';
import { serveApp } from '../../setup/app.ts';
import { createWorkspace } from '../../setup/cast.ts';
import { createTestDatabase } from '../../setup/database.ts';

const AS_OF = '1998-07-01T00:00:00.000Z';

describe('the segments of the machine API', async () => {
  const databases = await createTestDatabase();
  const workspace = await createWorkspace(databases.database, { timezone: 'UTC', currency: 'USD' });
  const { url } = await serveApp(databases);
  const made = await createKey(databases.database, {
    workspaceId: workspace.id,
    kind: 'api',
    name: 'Test',
    createdBy: null,
  });
  const headers = { authorization: `Bearer ${made.secret}`, 'content-type': 'application/json' };

  async function call(method: string, path: string, body?: unknown) {
    const response = await fetch(`${url}/api/v1${path}`, {
      method,
      headers,
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    return { status: response.status, json: z.any().parse(await response.json()) };
  }

  async function refresh(body: object) {
    const { status, json } = await call('POST', '/refresh', body);
    expect(status).toBe(202);
    for (;;) {
      const found = await call('GET', `/refreshes/${json.refresh}`);
      if (!['queued', 'running'].includes(found.json.status)) return found.json;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }

  beforeAll(async () => {
    await insertPurchases(databases.database, workspace);
  });

  it('are made, counted before, computed by a refresh, and listed', async () => {
    const definition = {
      all: [
        { fact: 'orders', op: 'gte', value: 2 },
        { event: 'order_placed', within: { last: '90d' } },
      ],
    };
    const created = await call('POST', '/segments', { key: 'repeat', name: 'Repeat', definition });
    expect(created).toMatchObject({
      status: 201,
      json: { key: 'repeat', status: 'pending', size: null, definition },
    });
    expect(await refresh({ asOf: AS_OF })).toMatchObject({ status: 'succeeded' });
    const preview = await call('POST', '/segments/preview', { definition, asOf: AS_OF });
    const { json: segment } = await call('GET', '/segments/repeat');
    expect(segment).toMatchObject({ status: 'ready', asOf: AS_OF });
    expect(preview.json).toMatchObject({ count: segment.size, estimate: false, asOf: AS_OF });
    expect(preview.json.sample).toHaveLength(10);
    expect(preview.json.leaves.map((one: { path: string }) => one.path)).toEqual(['all.0', 'all.1']);
    for (const { count } of preview.json.leaves) expect(count).toBeGreaterThanOrEqual(segment.size);
    const { json: list } = await call('GET', '/segments?limit=1000');
    expect(list.segments.map((one: { key: string }) => one.key)).toContain('repeat');
  });

  it('give every member once, page after page', async () => {
    const { json: segment } = await call('GET', '/segments/repeat');
    const seen = new Set<string>();
    let after = '';
    for (;;) {
      const { json } = await call('GET', `/segments/repeat/members?limit=100${after}`);
      expect(json.asOf).toBe(AS_OF);
      for (const member of json.members) seen.add(member.profile);
      if (!json.next) break;
      after = `&after=${json.next}`;
    }
    expect(seen.size).toBe(segment.size);
  });

  it('explain a member with evidence, and the nearest miss of another', async () => {
    const { json: page } = await call('GET', '/segments/repeat/members?limit=1');
    const member = await call('GET', `/segments/repeat/why/${page.members[0].profile}?asOf=${AS_OF}`);
    expect(member.json).toMatchObject({ member: true, since: AS_OF, asOf: AS_OF });
    expect(member.json.tree.all[0]).toMatchObject({
      fact: 'orders',
      holds: true,
      evidence: { value: expect.any(Number) },
    });
    expect(new Date(member.json.until).getTime()).toBeGreaterThan(new Date(AS_OF).getTime());
    const { json: outside } = await call('POST', '/segments/preview', {
      definition: { fact: 'orders', op: 'eq', value: 1 },
      asOf: AS_OF,
    });
    const other = await call('GET', `/segments/repeat/why/${outside.sample[0].id}?asOf=${AS_OF}`);
    expect(other.json).toMatchObject({ member: false, since: null });
    expect(other.json.nearest[0]).toMatchObject({ path: 'all.0', needs: true });
  });

  it('count as of the past what was true then', async () => {
    const definition = { fact: 'orders', op: 'gte', value: 1 };
    const then = await call('POST', '/segments/preview', { definition, asOf: '1997-02-01T00:00:00Z' });
    const later = await call('POST', '/segments/preview', { definition, asOf: AS_OF });
    expect(later.json.count).toBe(2357);
    const bought = await databases.database.pool.query(
      `select count(distinct profile_id)::int as count from events where workspace_id = $1 and occurred_at <= '1997-02-01'`,
      [workspace.id],
    );
    expect(then.json.count).toBe(bought.rows[0].count);
  });

  it('refuse what is wrong with the path to it', async () => {
    const wrong = [
      [{ all: [{ fact: 'orders', op: 'gte', value: 2, colour: 'red' }] }, 'definition.all.0.colour'],
      [{ all: [{ fact: 'orders', op: 'resembles', value: 2 }] }, 'definition.all.0.op'],
      [{ any: [{ trait: 'plan', op: 'between', value: [5, 1] }] }, 'definition.any.0.value'],
      [{ event: 'x', within: { last: '30 days' } }, 'definition.within.last'],
      [{ segment: 'unheard-of', is: 'in' }, 'definition.segment'],
      [{ sequence: [{ event: 'a', within: '1d' }, { event: 'b' }] }, 'definition.sequence.0.within'],
      [{ xor: [] }, 'definition.xor'],
    ] as const;
    for (const [definition, path] of wrong) {
      const { status, json } = await call('POST', '/segments/preview', { definition });
      expect({ status, paths: json.issues.map((one: { path: string }) => one.path) }).toEqual({
        status: 400,
        paths: [path],
      });
      expect((await call('POST', '/segments', { key: 'wrong', name: 'Wrong', definition })).status).toBe(400);
    }
    expect(
      (await call('POST', '/segments', { key: 'lifecycle-own', name: 'No', definition: { all: [] } })).status,
    ).toBe(400);
    expect((await call('GET', '/segments/nothing-here')).status).toBe(404);
    expect((await call('POST', '/refresh', { asOf: '1990-01-01T00:00:00Z' })).status).toBe(400);
    for (const asOf of ['0000-01-01T00:00:00Z', '0001-01-01T00:00:00+14:00', '9999-12-31T23:59:59-14:00'])
      for (const path of ['/refresh', '/segments/preview']) {
        const { status, json } = await call('POST', path, { definition: { all: [] }, asOf });
        expect([status, JSON.stringify(json)], `${path} ${asOf}`).toEqual([
          400,
          expect.stringContaining('asOf'),
        ]);
      }
  });

  it('take hostile names and values as names and values', async () => {
    for (const text of [
      `'; drop table events; --`,
      '$1',
      '%s',
      '"',
      "pg_sleep(10)'",
      'x'.repeat(200),
      '{{a}}',
    ]) {
      const definition = {
        any: [
          { trait: text, op: 'eq', value: text },
          {
            event: text,
            where: [{ property: `${text.slice(0, 90)}.${text.slice(0, 90)}`, op: 'contains', value: text }],
          },
        ],
      };
      const { status, json } = await call('POST', '/segments/preview', { definition });
      expect({ status, count: json.count }).toEqual({ status: 200, count: 0 });
    }
  });

  it('are changed and removed', async () => {
    const patched = await call('PATCH', '/segments/repeat', {
      name: 'Again',
      definition: { fact: 'orders', op: 'gte', value: 3 },
    });
    expect(patched.json).toMatchObject({ name: 'Again', status: 'pending' });
    expect(await refresh({ asOf: AS_OF })).toMatchObject({ status: 'succeeded' });
    expect((await call('GET', '/segments/repeat')).json.status).toBe('ready');
    expect((await call('DELETE', '/segments/repeat')).status).toBe(200);
    expect((await call('GET', '/segments/repeat')).status).toBe(404);
    expect((await call('DELETE', '/segments/lifecycle-0-active')).status).toBe(409);
  });

  it('are described to machines by a document that is valid', async () => {
    const { json } = await call('GET', '/openapi.json');
    expect(Object.keys(json.paths)).toContain('/api/v1/segments/{key}/why/{profileId}');
    const api = new OpenAPIBackend({
      definition: JSON.parse(JSON.stringify(describeApi(routes))),
      strict: true,
      quick: true,
    });
    await api.init();
  });
});
