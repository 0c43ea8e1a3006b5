import { describe, expect, test } from 'vitest';
import { listConnectors } from '../../src/connectors/registry.ts';
import { noteHeard } from '../../src/flow/collect/heard.ts';
import { quarantineItems } from '../../src/flow/collect/quarantine.ts';
import { listSettingFields } from '../../src/flow/collect/settings.ts';
import { createBuiltInSources, listSources } from '../../src/flow/collect/sources.ts';
import { createKey } from '../../src/staff/keys.ts';
import { openSources, SECRET } from './sources-cast.ts';
import { Visitor } from './visitor.ts';

const { cast, databases, makeSource, orchard, url, visitors } = await openSources();
const { admin, marketer, other } = visitors;

/** Everything a person may connect, and the two ways in that are there from the start. */
function offered(): string[] {
  return listConnectors()
    .filter(({ streams, hooks, key }) => streams.length > 0 || hooks || key === 'csv' || key === 'http-api')
    .map(({ name }) => name);
}

function namesIn(text: string): string[] {
  return [...text.matchAll(/class="gallery-link" href="[^"]*">([^<]+)</g)].map(([, name]) => name!);
}

describe('the catalogue', () => {
  test('shows every vendor once, with what it brings and how it comes', async () => {
    const { text } = await admin.get('/sources/new');
    expect(namesIn(text).sort()).toEqual(offered().sort());
    expect(namesIn(text).length).toBeGreaterThanOrEqual(22);
    expect(text).toContain(
      'Customers with their consent, and every order, refund and cancellation of the shop.',
    );
    expect(text).toContain('href="/imports/new"');
    expect(text).not.toContain('href="/sources/new/csv"');
  });

  test('is searched by name, by what comes and by how it comes', async () => {
    expect(namesIn((await admin.get('/sources/new?q=shopi')).text)).toEqual(['Shopify']);
    expect(namesIn((await admin.get('/sources/new?q=refund+shop')).text)).toEqual(
      expect.arrayContaining(['Shopify', 'WooCommerce']),
    );
    expect(namesIn((await admin.get('/sources/new?q=uploaded')).text)).toEqual(['CSV files']);
    const none = await admin.get('/sources/new?q=zzzz');
    expect(none.status).toBe(200);
    expect(none.text).toContain('Nothing of that name.');
    const odd = await admin.get(`/sources/new?q=${encodeURIComponent('"><script>x</script>')}`);
    expect(odd.text).not.toContain('<script>x');
    expect((await admin.get(`/sources/new?q=${'x'.repeat(101)}`)).status).toBe(400);
  });

  test('says what is connected already, and ticks off what comes first', async () => {
    expect((await other.get('/sources/new')).text).not.toContain('gallery-there');
    const source = await makeSource({ name: 'The other orchard', workspaceId: cast.otherId });
    const { text } = await other.get('/sources/new');
    expect(text).toMatch(new RegExp(`class="gallery-there" href="/sources/${source.id}">Connected`));
    await makeSource({ name: 'A third', workspaceId: cast.otherId });
    expect((await other.get('/sources/new')).text).toContain('2 connections');
    expect((await admin.get('/sources/new')).text).not.toContain(source.id);
  });

  test('begins with what is missing, and says no more of it once all is there', async () => {
    expect((await other.get('/sources/new')).text).toContain('Where people pay');
    const { db } = databases.database;
    await createBuiltInSources(db, { id: cast.otherId });
    const isDone = async () => (await other.get('/sources/new')).text.match(/class="is-done"/g)?.length ?? 0;
    const before = await isDone();
    const tracking = (await listSources(db, cast.otherId)).find(({ key }) => key === 'tracking')!;
    await noteHeard(db, { workspaceId: cast.otherId, sourceId: tracking.id });
    expect(await isDone()).toBe(before + 1);
  });
});

describe('the page that connects', () => {
  test('says for every vendor step by step where the key is', async () => {
    for (const connector of listConnectors()) {
      if (connector.key === 'orchard' || (connector.streams.length === 0 && !connector.hooks)) continue;
      expect(connector.guide?.steps.length, connector.key).toBeGreaterThan(0);
      if (connector.hooks) expect(connector.guide?.webhook?.length, connector.key).toBeGreaterThan(0);
      if (connector.streams.length > 0)
        expect(connector.guide?.firstSync, connector.key).toMatch(/^[A-Z].*\.$/);
      const { status, text } = await admin.get(`/sources/new/${connector.key}`);
      expect(status, connector.key).toBe(200);
      expect(text.match(/<li>/g)?.length ?? 0, connector.key).toBeGreaterThanOrEqual(
        connector.guide!.steps.length,
      );
    }
  });

  test('folds away nothing that must be filled in', () => {
    for (const { key, settings } of listConnectors())
      for (const field of listSettingFields(settings))
        if (field.fold !== null) expect(field.isRequired, `${key}.${field.key}`).toBe(false);
  });

  test('folds what can wait, and opens the part in which something is wrong', async () => {
    const { text } = await admin.get('/sources/new/stripe');
    expect(text).toContain('<details class="fold">');
    expect(text.indexOf('name="secret.secretKey"')).toBeLessThan(text.indexOf('<details class="fold"'));
    expect(text.indexOf('name="settings.url"')).toBeGreaterThan(text.indexOf('<summary>Advanced'));
    const refused = await admin.post(
      '/sources/new/stripe',
      { name: 'Stripe', everyMinutes: '', 'secret.secretKey': 'rk_live_1', 'settings.url': 'nonsense' },
      '/sources/new/stripe',
    );
    expect(refused.status).toBe(422);
    expect(refused.text).toMatch(/<details class="fold" open>\s*<summary>Advanced/);
    expect(refused.text).toContain('field-settings-url-error');
  });

  test('gives back what was typed, but no key, and says that it has to be pasted again', async () => {
    orchard.misbehave = (_request, response) => {
      response.writeHead(401).end('{}');
      return true;
    };
    const fields = {
      name: 'Mine',
      everyMinutes: '',
      'settings.baseUrl': orchard.url,
      'secret.apiKey': SECRET,
    };
    for (const path of ['/sources/new/orchard', '/sources/new/orchard/checks']) {
      const { text } = await admin.post(path, fields, '/sources/new/orchard');
      expect(text).toContain('value="Mine"');
      expect(text).toContain('paste them once more');
      expect(text).not.toContain(SECRET);
    }
    expect((await admin.get('/sources/new/orchard')).text).not.toContain('paste them once more');
  });

  test('names what is missing by its title, not by the name in our code', async () => {
    const tried = await admin.post(
      '/sources/new/shopify/checks',
      { name: 'Shop', everyMinutes: '', 'settings.shop': 'example' },
      '/sources/new/shopify',
    );
    expect(tried.text).toContain('Client ID: Give the client ID and the client secret of the app.');
  });

  test('says after connecting how long the first sync may take, and where the webhook goes', async () => {
    const made = await admin.post(
      '/sources/new/webhook',
      { name: 'Anything', everyMinutes: '' },
      '/sources/new/webhook',
    );
    expect(made.status).toBe(303);
    const { text } = await admin.get(made.headers.location!);
    expect(text).toContain('Give the sender the address this page shows.');
    expect(text).toMatch(/id="hook-url">[^<]*\/hooks\//);
    expect(text).toContain('Paste the address where the sender asks for a URL');
  });
});

describe('the list of sources', () => {
  test('says of what comes by itself when it was last heard of, and twice the same', async () => {
    await createBuiltInSources(databases.database.db, { id: cast.workspaceId });
    expect((await admin.get('/sources')).text).toContain('Nothing heard yet');
    const given = { workspaceId: cast.workspaceId, kind: 'write', name: 'Site', createdBy: null } as const;
    const key = await createKey(databases.database, given);
    for (const _time of [1, 2]) {
      const body = JSON.stringify({ userId: 'u1', event: 'page_viewed', writeKey: key.secret });
      const answer = await fetch(`${url}/v1/track`, { method: 'POST', body });
      expect(answer.status).toBe(200);
    }
    const { text } = await admin.get('/sources');
    expect(text).toMatch(/Tracking<\/a>[\s\S]*?Receiving[\s\S]*?Last heard just now/);
  });

  test('says how fresh a source is against its rhythm, and what waits in quarantine', async () => {
    const source = await makeSource({ name: 'Fresh orchard' });
    expect((await admin.get('/sources')).text).toContain('Not complete yet');
    await admin.post(`/sources/${source.id}/sync-runs`, {}, `/sources/${source.id}`);
    await expect
      .poll(async () => (await admin.get('/sources')).text, { timeout: 20_000 })
      .toMatch(/Fresh orchard<\/a>[\s\S]*?Complete just now[\s\S]*?Each night/);
    const origin = { workspaceId: cast.workspaceId, sourceId: source.id };
    const record = { stream: 'apples', path: '', reason: 'Rotten.', payload: {} };
    await quarantineItems(databases.database.db, origin, [record, { ...record, path: 'b' }]);
    const { text } = await admin.get('/sources');
    expect(text).toContain(`/sources/${source.id}/quarantine">2<`);
  });

  test('says of a kept key its end and when it was last used', async () => {
    const source = await makeSource({ name: 'Used orchard' });
    const settings = async () => (await admin.get(`/sources/${source.id}/settings`)).text;
    expect(await settings()).toContain('ends in …ffee, not used yet.');
    await admin.post(`/sources/${source.id}/sync-runs`, {}, `/sources/${source.id}`);
    await expect.poll(settings, { timeout: 20_000 }).toContain('ends in …ffee, used just now.');
  });
});

describe('the ladder of the catalogue', () => {
  test('asks strangers to sign in and refuses marketers', async () => {
    const stranger = new Visitor(url);
    for (const path of ['/sources/new?q=shop', '/sources/new/mailchimp']) {
      expect((await stranger.get(path)).status, path).toBe(303);
      expect((await marketer.get(path)).status, path).toBe(403);
    }
    expect((await admin.get('/sources/new/%00')).status).toBeGreaterThanOrEqual(400);
    expect((await admin.get('/sources/new?p=1')).status).toBe(400);
  });
});
