import { describe, expect, test } from 'vitest';
import type { HookRequest } from '../../src/connectors/contract.ts';
import sendgrid from '../../src/connectors/sendgrid/sendgrid.ts';
import { recordedMail } from '../vendors/recorded-mail.ts';
import { makeHookKeys, signSgDelivery } from '../vendors/sendgrid.ts';

const AT = new Date('2026-11-20T12:00:00Z');
const keys = makeHookKeys();
const other = makeHookKeys();
const settingsWith = (given: object) => sendgrid.settings.parse({ apiKey: 'SG.x', ...given });
const settings = settingsWith({ verification: keys.verification });

function request(delivery: { body: string; headers: Record<string, string> }, receivedAt = AT): HookRequest {
  return { method: 'POST', query: {}, ...delivery, body: Buffer.from(delivery.body), receivedAt };
}
const verify = (asked: HookRequest, known = settings) => sendgrid.hooks!.verify(asked, known);
const DELIVERY = signSgDelivery(
  [{ sg_event_id: 'e1', event: 'open', email: 'a@example.com', timestamp: 1 }],
  AT,
  keys,
);

describe('a delivery', () => {
  test('signed by the published example is taken, changed by one byte refused', () => {
    const { public_key_spki_base64, timestamp, raw_body, valid } = recordedMail.sendgrid_signature;
    const known = settingsWith({ verification: public_key_spki_base64 });
    const headers = {
      'x-twilio-email-event-webhook-signature': valid,
      'x-twilio-email-event-webhook-timestamp': timestamp,
    };
    const at = new Date(Number(timestamp) * 1000);
    // The example is one object and no batch: that it gets as far as being read says that it is signed.
    expect(() => verify(request({ body: raw_body, headers }, at), known)).toThrow(/expected array/i);
    expect(verify(request({ body: `${raw_body} `, headers }, at), known)).toMatchObject({
      answer: { status: 401 },
    });
  });

  test('is taken as it stands, its line end included', () => {
    expect(verify(request(DELIVERY))).toMatchObject({
      items: [{ stream: 'events', externalId: 'e1', version: '' }],
    });
  });

  test.each([
    ['without its line end', { ...DELIVERY, body: DELIVERY.body.trim() }],
    ['written anew', { ...DELIVERY, body: `${JSON.stringify(JSON.parse(DELIVERY.body), null, 1)}\r\n` }],
    ['unsigned', { ...DELIVERY, headers: {} }],
    ['signed by somebody else', signSgDelivery([{ sg_event_id: 'e1' }], AT, other)],
    [
      'with a signature that is none',
      { ...DELIVERY, headers: { ...DELIVERY.headers, 'x-twilio-email-event-webhook-signature': 'AAAA' } },
    ],
  ])('%s is refused', (_what, delivery) => {
    expect(verify(request(delivery))).toMatchObject({ answer: { status: 401 } });
  });

  test('played back later is refused', () => {
    expect(verify(request(DELIVERY, new Date(AT.getTime() + 601_000)))).toMatchObject({
      answer: { status: 401 },
    });
  });

  test('signed with the key before is taken while the key is being changed', () => {
    const both = settingsWith({ verification: other.verification, previousVerification: keys.verification });
    expect(verify(request(DELIVERY), both)).toHaveProperty('items');
    expect(verify(request(DELIVERY), settingsWith({ verification: other.verification }))).toHaveProperty(
      'answer',
    );
  });

  test('is refused as long as there is no key to check it with', () => {
    expect(verify(request(DELIVERY), settingsWith({}))).toMatchObject({ answer: { status: 403 } });
  });
});

const event = (given: object) =>
  sendgrid.map(
    {
      stream: 'events',
      externalId: 'x',
      payload: { email: 'ada@example.com', timestamp: 1795000000, category: ['news', 'tea'], ...given },
    },
    settings,
  );

test.each([
  ['processed', 'email_sent'],
  ['delivered', 'email_delivered'],
  ['open', 'email_opened'],
  ['click', 'email_clicked'],
  ['blocked', 'email_bounced'],
  ['dropped', 'email_dropped'],
])('%s becomes %s, with its campaign', (kind, name) => {
  const [record] = event({ event: kind, singlesend_name: 'October', singlesend_id: 's1' });
  expect(record).toMatchObject({
    name,
    identifiers: [{ kind: 'email', value: 'ada@example.com' }],
    occurredAt: new Date(1795000000_000),
    properties: { campaign: 'October', campaign_id: 's1', categories: ['news', 'tea'] },
  });
  expect(record).not.toHaveProperty('suppress');
});

test('a mail that waits tells nothing yet', () => {
  expect(event({ event: 'deferred' })).toEqual([]);
});

test('a bounce for good and a complaint end the writing; a passing refusal does not', () => {
  expect(event({ event: 'bounce', type: 'bounce', reason: '550' })).toMatchObject([
    {
      name: 'email_bounced',
      properties: { type: 'hard', reason: '550' },
      suppress: { reason: 'hard_bounce' },
    },
  ]);
  expect(event({ event: 'bounce', type: 'blocked' })[0]).not.toHaveProperty('suppress');
  expect(event({ event: 'spamreport' })).toMatchObject([
    { name: 'email_complained', suppress: { reason: 'complaint' } },
  ]);
});

test('leaving all is the channel, leaving a group its topic, coming back too', () => {
  expect(event({ event: 'unsubscribe' })).toMatchObject([
    { consents: [{ topic: null, state: 'withdrawn', decidedAt: new Date(1795000000_000) }] },
  ]);
  expect(event({ event: 'group_unsubscribe', asm_group_id: 7 })).toMatchObject([
    { name: 'newsletter_unsubscribed', consents: [{ topic: 'sendgrid-group-7', state: 'withdrawn' }] },
  ]);
  expect(event({ event: 'group_resubscribe', asm_group_id: 7 })).toMatchObject([
    { name: 'newsletter_subscribed', consents: [{ topic: 'sendgrid-group-7', state: 'granted' }] },
  ]);
});
