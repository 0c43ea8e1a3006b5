import { expect, test } from 'vitest';
import type { HookRequest } from '../../src/connectors/contract.ts';
import postmark from '../../src/connectors/postmark/postmark.ts';
import { recordedMail } from '../vendors/recorded-mail.ts';

const settings = postmark.settings.parse({
  serverToken: 'x',
  webhookPassword: 'new-password',
  previousWebhookPassword: 'old-password',
});
const basic = (password: string) => ({
  authorization: `Basic ${Buffer.from(`segments:${password}`).toString('base64')}`,
});

function verify(body: object, headers: Record<string, string> = basic('new-password')) {
  const request: HookRequest = {
    method: 'POST',
    query: {},
    headers,
    body: Buffer.from(JSON.stringify(body)),
    receivedAt: new Date(),
  };
  return postmark.hooks!.verify(request, settings);
}

function mapHook(kind: string, given: object = {}) {
  const body = recordedMail.postmark_hooks.find((one) => one.RecordType === kind);
  const told = verify({ ...body, ...given });
  if (!('items' in told)) throw new Error('It was answered, not taken.');
  return told.items.flatMap((item) => postmark.map(item, settings));
}

test.each([
  ['no password', {}],
  ['a wrong one', basic('guess')],
  ['another scheme', { authorization: 'Bearer new-password' }],
  ['no colon', { authorization: `Basic ${Buffer.from('new-password').toString('base64')}` }],
])('a notice with %s is refused', (_what, headers) => {
  expect(verify(recordedMail.postmark_hooks[0]!, headers)).toMatchObject({ answer: { status: 401 } });
});

test('the password before is good while it is being changed', () => {
  expect(verify(recordedMail.postmark_hooks[0]!, basic('old-password'))).toHaveProperty('items');
});

test('a delivery, an open and a click are told with their moment, whatever its offset', () => {
  const at = (time: string) => new Date(`2026-11-01T${time}Z`);
  expect(mapHook('Delivery')).toMatchObject([{ name: 'email_delivered', occurredAt: at('14:20:00') }]);
  expect(mapHook('Open')).toMatchObject([
    {
      name: 'email_opened',
      occurredAt: at('14:25:01'),
      identifiers: [{ kind: 'email', value: 'ada@example.com' }],
      properties: { campaign: 'welcome', message_id: '883953f4-6105-42a2-a16a-77a8eac79483' },
    },
  ]);
  expect(mapHook('Click')).toMatchObject([
    { name: 'email_clicked', properties: { url: 'https://example.com/tea' } },
  ]);
});

test('dead addresses and complaints are suppressed', () => {
  expect(mapHook('Bounce')).toMatchObject([
    { name: 'email_bounced', properties: { type: 'hard' }, suppress: { email: 'dead@example.com' } },
  ]);
  expect(mapHook('SpamComplaint')).toMatchObject([
    { name: 'email_complained', suppress: { email: 'angry@example.com', reason: 'complaint' } },
  ]);
});

test('leaving a stream is a decision about it, coming back only by the person', () => {
  const topic = 'postmark-broadcast';
  expect(mapHook('SubscriptionChange')).toMatchObject([
    { name: 'newsletter_unsubscribed', consents: [{ topic, state: 'withdrawn' }] },
  ]);
  expect(mapHook('SubscriptionChange', { Origin: 'Customer' })).toMatchObject([
    { type: 'person', consents: [{ topic, state: 'withdrawn' }] },
  ]);
  const back = { SuppressSending: false, SuppressionReason: null };
  expect(mapHook('SubscriptionChange', back)).toMatchObject([
    { name: 'newsletter_subscribed', consents: [{ topic, state: 'granted' }] },
  ]);
  expect(mapHook('SubscriptionChange', { ...back, Origin: 'Admin' })).toEqual([]);
});

test('an open told by webhook and by list is one item', () => {
  const hook = recordedMail.postmark_hooks.find((one) => one.RecordType === 'Open')!;
  const first = verify(hook);
  const again = verify({ ...hook, ReceivedAt: '2026-11-01T10:25:01.0000000-04:00' });
  if (!('items' in first && 'items' in again)) throw new Error('It was answered, not taken.');
  expect(again.items[0]?.externalId).toBe(first.items[0]?.externalId);
});

test('a notice of another kind is answered and not kept', () => {
  expect(verify({ RecordType: 'Inbound' })).toMatchObject({ answer: { status: 200 } });
});
