import { createHmac } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import type { HookRequest } from '../../src/connectors/contract.ts';
import ghost from '../../src/connectors/ghost/ghost.ts';
import mailchimp from '../../src/connectors/mailchimp/mailchimp.ts';
import metaAds from '../../src/connectors/meta-ads/meta-ads.ts';
import { vectors } from '../vendors/vectors.ts';

const SIGNED_AT = new Date(1492774577123);

function post(body: string, headers: Record<string, string> = {}): HookRequest {
  return { method: 'POST', query: {}, headers, body: Buffer.from(body), receivedAt: SIGNED_AT };
}

describe('Ghost', () => {
  const { secret, raw_body, valid } = vectors.ghost_webhook;
  const settings = ghost.settings.parse({
    url: 'https://news.example.com',
    adminApiKey: vectors.ghost_admin_jwt.admin_api_key,
    webhookSecret: secret,
  });
  const verify = (request: HookRequest) => ghost.hooks!.verify(request, settings);
  const signed = (body: string) => post(body, { 'x-ghost-signature': valid });

  test('a signed notice is taken as it stands', () => {
    expect(verify(signed(raw_body))).not.toHaveProperty('answer.status', 401);
  });

  test.each([
    ['one byte more', signed(`${raw_body} `)],
    ['written anew', signed(JSON.stringify(JSON.parse(raw_body), null, 1))],
    ['without a signature', post(raw_body)],
    ['with another time', post(raw_body, { 'x-ghost-signature': valid.replace('577123', '577124') })],
    ['played back later', { ...signed(raw_body), receivedAt: new Date(SIGNED_AT.getTime() + 301_000) }],
  ])('a notice %s is refused', (_what, request) => {
    expect(verify(request)).toMatchObject({ answer: { status: 401 } });
  });

  test('a deleted member takes back what was said, a changed one says it anew without its secret link', () => {
    const open = { ...settings, webhookSecret: undefined };
    const gone = ghost.hooks!.verify(post('{"member":{"current":{},"previous":{"id":"m1"}}}'), open);
    if (!('items' in gone)) throw new Error('It was refused.');
    expect(gone.items[0] && ghost.map(gone.items[0], settings)).toEqual([{ type: 'removed', key: '' }]);
    const body =
      '{"member":{"current":{"id":"m1","updated_at":"2026-01-01","unsubscribe_url":"https://x"},"previous":{}}}';
    const changed = ghost.hooks!.verify(post(body), open);
    expect(changed).toMatchObject({
      items: [{ stream: 'members', externalId: 'm1', payload: { id: 'm1' } }],
    });
    expect(JSON.stringify(changed)).not.toContain('unsubscribe_url');
  });
});

describe('Meta', () => {
  const { secret, raw_body, valid } = vectors.meta;
  const settings = metaAds.settings.parse({
    accessToken: 'x',
    appSecret: secret,
    adAccountId: '1',
    verifyToken: 'our-word',
  });
  const verify = (request: HookRequest) => metaAds.hooks!.verify(request, settings);

  test('a signed notice names its leads', () => {
    expect(verify(post(raw_body, { 'x-hub-signature-256': valid }))).toMatchObject({
      items: [{ stream: 'lead_notices', externalId: '123123123123', payload: { page_id: '123123123' } }],
    });
  });

  test.each([
    ['changed', post(`${raw_body} `, { 'x-hub-signature-256': valid })],
    ['unsigned', post(raw_body)],
    ['signed with nothing', post(raw_body, { 'x-hub-signature-256': 'sha256=' })],
  ])('a notice that is %s is refused', (_what, request) => {
    expect(verify(request)).toMatchObject({ answer: { status: 401 } });
  });

  test('an id too large for a number keeps all its digits', () => {
    const body =
      '{"entry":[{"changes":[{"field":"leadgen","value":{"leadgen_id":12345678901234567890,"page_id":1}}]}]}';
    expect(JSON.stringify(verify({ ...post(body), headers: signatureOf(body, secret) }))).toContain(
      '"12345678901234567890"',
    );
  });

  test('the handshake is answered to whoever knows the word', () => {
    const ask = (word: string): HookRequest => ({
      ...post(''),
      method: 'GET',
      query: { 'hub.mode': 'subscribe', 'hub.verify_token': word, 'hub.challenge': '1158201444' },
    });
    expect(verify(ask('our-word'))).toEqual({ answer: { status: 200, body: '1158201444' } });
    expect(verify(ask('guess'))).toMatchObject({ answer: { status: 403 } });
  });
});

describe('Mailchimp', () => {
  const settings = mailchimp.settings.parse({ apiKey: 'key-us21' });
  const map = (body: string) => {
    const told = mailchimp.hooks!.verify(post(body), settings);
    if (!('items' in told)) throw new Error('It was answered, not taken.');
    return told.items.flatMap((item) => mailchimp.map(item, settings));
  };
  const SUBSCRIBED =
    'type=subscribe&fired_at=2026-11-01+21%3A35%3A57&data%5Bid%5D=8a25ff1d98&data%5Blist_id%5D=a36b032126&data%5Bemail%5D=ada%40example.com&data%5Bmerges%5D%5BEMAIL%5D=ada%40example.com&data%5Bmerges%5D%5BFNAME%5D=Ada';

  test('answers the probe', () => {
    expect(mailchimp.hooks!.verify({ ...post(''), method: 'GET' }, settings)).toMatchObject({
      answer: { status: 200 },
    });
    expect(mailchimp.hooks!.verify(post(''), settings)).toMatchObject({ answer: { status: 200 } });
  });

  test('a subscription is a decision, at the time Mailchimp names', () => {
    expect(map(SUBSCRIBED)).toMatchObject([
      {
        identifiers: [{ kind: 'email', value: 'ada@example.com' }],
        traits: { email: 'ada@example.com', firstName: 'Ada' },
        consents: [
          { topic: 'mailchimp-a36b032126', state: 'granted', decidedAt: new Date('2026-11-01T21:35:57Z') },
        ],
      },
    ]);
  });

  test('the same notice again is the same item', () => {
    expect(mailchimp.hooks!.verify(post(SUBSCRIBED), settings)).toEqual(
      mailchimp.hooks!.verify(post(SUBSCRIBED), settings),
    );
  });

  test('leaving withdraws; being archived by the business does not; a complaint suppresses', () => {
    const leave = (more: string) =>
      map(
        `type=unsubscribe&fired_at=2026-11-01+21:40:57&data[list_id]=l1&data[email]=ada@example.com${more}`,
      );
    expect(leave('&data[action]=unsub')).toMatchObject([
      { consents: [{ state: 'withdrawn', topic: 'mailchimp-l1' }] },
    ]);
    expect(leave('&data[action]=delete')).toMatchObject([{ consents: [] }]);
    expect(leave('&data[action]=unsub&data[reason]=abuse')).toMatchObject([
      { suppress: { reason: 'complaint' } },
    ]);
  });

  test('a new address stays with the person, a dead one is not written to', () => {
    const moved = map(
      'type=upemail&fired_at=2026-11-01+21:40:57&data[list_id]=l1&data[new_email]=new@example.com&data[old_email]=old@example.com',
    );
    expect(moved).toMatchObject([
      {
        identifiers: [{ value: 'new@example.com' }, { value: 'old@example.com' }],
        traits: { email: 'new@example.com' },
      },
    ]);
    const cleaned = map(
      'type=cleaned&fired_at=2026-11-01+21:40:57&data[list_id]=l1&data[reason]=hard&data[email]=dead@example.com',
    );
    expect(cleaned).toMatchObject([{ suppress: { email: 'dead@example.com', reason: 'hard_bounce' } }]);
  });

  test('a field called __proto__ is a field', () => {
    expect(
      map(
        'type=profile&fired_at=2026-11-01+21:40:57&data[list_id]=l1&data[email]=a@example.com&data[merges][__proto__]=x',
      ),
    ).toHaveLength(1);
    expect(Object.prototype).not.toHaveProperty('x');
  });
});

function signatureOf(body: string, secret: string): Record<string, string> {
  return { 'x-hub-signature-256': `sha256=${createHmac('sha256', secret).update(body).digest('hex')}` };
}
