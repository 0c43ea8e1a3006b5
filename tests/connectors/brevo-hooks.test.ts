import { expect, test } from 'vitest';
import brevo from '../../src/connectors/brevo/brevo.ts';
import type { HookRequest } from '../../src/connectors/contract.ts';
import { recordedMail } from '../vendors/recorded-mail.ts';

const settings = brevo.settings.parse({
  apiKey: 'x',
  hookToken: 'new-token',
  previousHookToken: 'old-token',
});

function verify(body: unknown, authorization = 'Bearer new-token', known = settings) {
  const request: HookRequest = {
    method: 'POST',
    query: {},
    headers: { authorization },
    body: Buffer.from(JSON.stringify(body)),
    receivedAt: new Date('2026-11-20T12:00:00Z'),
  };
  return brevo.hooks!.verify(request, known);
}

function itemsOf(body: unknown) {
  const told = verify(body);
  if (!('items' in told)) throw new Error('It was answered, not taken.');
  return told.items;
}

function mapHook(event: string) {
  const body = recordedMail.brevo_hooks.find((one) => one.event === event);
  return itemsOf(body).flatMap((item) => brevo.map(item, settings));
}

test.each([
  ['no token', ''],
  ['a wrong one', 'Bearer guess'],
  ['another scheme', 'Basic new-token'],
])('a notice with %s is refused', (_what, authorization) => {
  expect(verify(recordedMail.brevo_hooks[0], authorization)).toMatchObject({ answer: { status: 401 } });
});

test('the token before is good while it is being changed; without any nothing is taken', () => {
  expect(verify(recordedMail.brevo_hooks[0], 'Bearer old-token')).toHaveProperty('items');
  const open = brevo.settings.parse({ apiKey: 'x' });
  expect(verify(recordedMail.brevo_hooks[0], 'Bearer new-token', open)).toMatchObject({
    answer: { status: 403 },
  });
});

test('events of campaigns are told with the campaign and the moment in UTC', () => {
  const at = new Date(1795000000_000);
  expect(mapHook('opened')).toMatchObject([
    { name: 'email_opened', occurredAt: at, properties: { campaign_id: '1', campaign: 'My campaign' } },
  ]);
  expect(mapHook('click')).toMatchObject([
    { name: 'email_clicked', properties: { url: 'https://example.com' } },
  ]);
  expect(mapHook('hard_bounce')).toMatchObject([
    { name: 'email_bounced', properties: { type: 'hard' }, suppress: { email: 'dead@example.com' } },
  ]);
  expect(mapHook('spam')).toMatchObject([{ name: 'email_complained', suppress: { reason: 'complaint' } }]);
});

test('who unsubscribes has left the channel and the lists of the mail', () => {
  expect(mapHook('unsubscribe')).toMatchObject([
    {
      name: 'newsletter_unsubscribed',
      consents: [
        { topic: null, state: 'withdrawn', decidedAt: new Date(1795000300_000) },
        { topic: 'brevo-3', state: 'withdrawn' },
        { topic: 'brevo-42', state: 'withdrawn' },
      ],
    },
  ]);
});

test('a notice about several people is one item each; one about a deleted contact takes back what it said', () => {
  expect(
    mapHook('list_addition').map((record) => record.type === 'event' && record.identifiers[0]?.value),
  ).toEqual(['a@example.com', 'b@example.com']);
  expect(itemsOf(recordedMail.brevo_hooks.find((one) => one.event === 'contact_deleted'))).toMatchObject([
    { stream: 'contacts', externalId: 'gone@example.com' },
  ]);
  expect(mapHook('contact_deleted')).toEqual([{ type: 'removed', key: '' }]);
});

test('the same notice again, alone or in a batch, is the same item', () => {
  const [one] = itemsOf(recordedMail.brevo_hooks[0]);
  const batch = itemsOf([recordedMail.brevo_hooks[1], recordedMail.brevo_hooks[0]]);
  expect(batch.map((item) => item.externalId)).toContain(one?.externalId);
  expect(new Set(batch.map((item) => item.externalId)).size).toBe(2);
});
