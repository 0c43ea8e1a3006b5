import { expect, test } from 'vitest';
import brevo from '../../src/connectors/brevo/brevo.ts';
import type { Connector, Item } from '../../src/connectors/contract.ts';
import klaviyo from '../../src/connectors/klaviyo/klaviyo.ts';
import postmark from '../../src/connectors/postmark/postmark.ts';
import sendgrid from '../../src/connectors/sendgrid/sendgrid.ts';
import { startContractServer } from '../vendors/contract-server.ts';
import { recordedMail } from '../vendors/recorded-mail.ts';
import { loadSpec } from '../vendors/spec.ts';
import { contextFor, read } from './reading.ts';

/** Each record in a line, so that a change of what is understood is read as a change of words. */
function told<Settings>(connector: Connector<Settings>, items: Item[], settings: object): string[] {
  const records = items.flatMap((item) => connector.map(item, connector.settings.parse(settings)));
  return records.map((record) => JSON.stringify(record));
}

test('profiles and events as Klaviyo tells them', async () => {
  const { klaviyo_profiles, klaviyo_events } = recordedMail;
  const answers = new Map<string, object>([
    [
      '/api/profiles',
      { data: klaviyo_profiles.map((row) => ({ type: 'profile', links: { self: 'https://a' }, ...row })) },
    ],
    ['/api/events', klaviyo_events],
  ]);
  const server = await startContractServer(
    ({ path }) => ({ status: 200, json: { links: { self: 'https://a' }, ...answers.get(path) } }),
    await loadSpec('klaviyo.json'),
  );
  const settings = { apiKey: 'pk_x', url: server.url };
  const ctx = contextFor(klaviyo, server, settings);
  const { items } = await read(klaviyo, ctx, 'profiles');
  expect(items.map((item) => item.externalId)).toHaveLength(3);
  expect(told(klaviyo, items.slice(1, 2), settings)).toMatchInlineSnapshot(`
    [
      "{"type":"person","key":"","identifiers":[{"kind":"source","value":"01GDDKSHAR0000000000000002"},{"kind":"email","value":"2.ada@example.com"},{"kind":"phone","value":"+15005550006"}],"traits":{"plan":"pro","email":"2.ada@example.com","phone":"+15005550006","firstName":"Ada","lastName":"Lovelace","language":"en-US","city":"Berlin","country":"Germany","timezone":"Europe/Berlin","createdAt":"2026-01-05T10:00:00.000Z"},"changedAt":"2026-11-01T00:00:01.000Z","consents":[{"channel":"email","topic":null,"state":"granted","decidedAt":"2026-01-05T10:00:00.000Z","proof":{"system":"klaviyo","status":"SUBSCRIBED","method":"PREFERENCE_PAGE","detail":"x"}}]}",
    ]
  `);
  expect(told(klaviyo, (await read(klaviyo, ctx, 'events')).items, settings)).toMatchInlineSnapshot(`
    [
      "{"type":"event","key":"","identifiers":[{"kind":"source","value":"01GDDKSHAR0000000000000001"}],"occurredAt":"2026-11-02T09:00:00.000Z","name":"email_opened","properties":{"campaign_id":"01HX","campaign":"Nov","subject":"News"}}",
      "{"type":"event","key":"","identifiers":[{"kind":"source","value":"01GDDKSHAR0000000000000001"}],"occurredAt":"2026-11-02T09:01:00.000Z","name":"email_clicked","properties":{"campaign_id":"01HX","url":"https://example.com/?a=1&b=2"}}",
    ]
  `);
  expect(server.violations).toEqual([]);
  await server.close();
});

test('a contact as SendGrid told it', () => {
  const item = { stream: 'contacts', externalId: 'x', payload: recordedMail.sendgrid_contact };
  expect(told(sendgrid, [item], { apiKey: 'SG.x' })).toMatchInlineSnapshot(`
    [
      "{"type":"person","key":"","identifiers":[{"kind":"source","value":"fed1e586-b11c-42c9-9ecf-e1f823b71a62"},{"kind":"email","value":"person10@example.com"}],"traits":{"email":"person10@example.com","firstName":"Name1","createdAt":"2021-05-10T23:36:19.000Z"},"changedAt":"2021-05-10T23:36:49.000Z","consents":[]}",
    ]
  `);
});

test('a batch of events as SendGrid sends it', () => {
  const items = recordedMail.sendgrid_events.map((payload, index) => ({
    stream: 'events',
    externalId: String(index),
    payload,
  }));
  expect(told(sendgrid, items, { apiKey: 'SG.x' })).toMatchInlineSnapshot(`
    [
      "{"type":"event","key":"","identifiers":[{"kind":"email","value":"ada@example.com"}],"occurredAt":"2026-11-18T11:06:41.000Z","name":"email_sent","properties":{"campaign":"newsletter","categories":["newsletter"],"message_id":"14c5d75ce93"}}",
      "{"type":"event","key":"","identifiers":[{"kind":"email","value":"ada@example.com"}],"occurredAt":"2026-11-18T11:06:42.000Z","name":"email_delivered","properties":{"campaign":"newsletter","categories":["newsletter"],"message_id":"14c5d75ce93"}}",
      "{"type":"event","key":"","identifiers":[{"kind":"email","value":"ada@example.com"}],"occurredAt":"2026-11-18T11:06:43.000Z","name":"email_opened","properties":{"campaign":"newsletter","categories":["newsletter"],"message_id":"14c5d75ce93"}}",
      "{"type":"event","key":"","identifiers":[{"kind":"email","value":"ada@example.com"}],"occurredAt":"2026-11-18T11:06:44.000Z","name":"email_clicked","properties":{"campaign":"newsletter","categories":["newsletter"],"message_id":"14c5d75ce93","url":"http://www.sendgrid.com/"}}",
    ]
  `);
});

test('webhooks as Postmark and Brevo send them', () => {
  const post = (body: object, authorization: string) => ({
    method: 'POST' as const,
    query: {},
    headers: { authorization },
    body: Buffer.from(JSON.stringify(body)),
    receivedAt: new Date('2026-11-20T12:00:00Z'),
  });
  const postmarkSettings = { serverToken: 'x' };
  const postmarkItems = recordedMail.postmark_hooks.flatMap((body) => {
    const answer = postmark.hooks!.verify(post(body, ''), postmark.settings.parse(postmarkSettings));
    return 'items' in answer ? answer.items : [];
  });
  expect(told(postmark, postmarkItems, postmarkSettings)).toMatchInlineSnapshot(`
    [
      "{"type":"event","key":"","identifiers":[{"kind":"email","value":"ada@example.com"}],"name":"email_delivered","occurredAt":"2026-11-01T14:20:00.000Z","properties":{"campaign":"welcome","message_id":"883953f4-6105-42a2-a16a-77a8eac79483","message_stream":"outbound"}}",
      "{"type":"event","key":"","identifiers":[{"kind":"email","value":"ada@example.com"}],"name":"email_opened","occurredAt":"2026-11-01T14:25:01.000Z","properties":{"campaign":"welcome","message_id":"883953f4-6105-42a2-a16a-77a8eac79483","message_stream":"outbound"}}",
      "{"type":"event","key":"","identifiers":[{"kind":"email","value":"ada@example.com"}],"name":"email_clicked","occurredAt":"2026-11-01T14:26:01.500Z","properties":{"campaign":"welcome","message_id":"883953f4-6105-42a2-a16a-77a8eac79483","message_stream":"outbound","url":"https://example.com/tea"}}",
      "{"type":"event","key":"","identifiers":[{"kind":"email","value":"dead@example.com"}],"name":"email_bounced","occurredAt":"2026-11-01T14:05:00.123Z","properties":{"campaign":"welcome","subject":"Welcome","message_id":"7dfb4d82-0000-42a2-a16a-77a8eac79483","message_stream":"outbound","type":"hard","reason":"The server was unable to deliver your message."},"suppress":{"email":"dead@example.com","reason":"hard_bounce"}}",
      "{"type":"event","key":"","identifiers":[{"kind":"email","value":"angry@example.com"}],"name":"email_complained","occurredAt":"2026-11-01T15:05:00.000Z","properties":{"campaign":"News","subject":"News","message_id":"7dfb4d82-0001-42a2-a16a-77a8eac79483","message_stream":"broadcast"},"suppress":{"email":"angry@example.com","reason":"complaint"}}",
      "{"type":"event","key":"","identifiers":[{"kind":"email","value":"ada@example.com"}],"name":"newsletter_unsubscribed","occurredAt":"2026-11-02T10:53:34.416Z","properties":{"campaign":"news","message_id":"883953f4-6105-42a2-a16a-77a8eac79483","message_stream":"broadcast"},"consents":[{"channel":"email","topic":"postmark-broadcast","state":"withdrawn","decidedAt":"2026-11-02T10:53:34.416Z","proof":{"system":"postmark","by":"Recipient"}}]}",
    ]
  `);
  const brevoSettings = { apiKey: 'x', hookToken: 'hook-token' };
  const batch = brevo.hooks!.verify(
    post(recordedMail.brevo_hooks, 'Bearer hook-token'),
    brevo.settings.parse(brevoSettings),
  );
  expect(told(brevo, 'items' in batch ? batch.items : [], brevoSettings)).toMatchInlineSnapshot(`
    [
      "{"type":"event","key":"","identifiers":[{"kind":"email","value":"ada@example.com"}],"occurredAt":"2026-11-18T11:06:40.000Z","name":"email_opened","properties":{"campaign_id":"1","campaign":"My campaign"}}",
      "{"type":"event","key":"","identifiers":[{"kind":"email","value":"ada@example.com"}],"occurredAt":"2026-11-18T11:07:40.000Z","name":"email_clicked","properties":{"campaign_id":"1","url":"https://example.com"}}",
      "{"type":"event","key":"","identifiers":[{"kind":"email","value":"dead@example.com"}],"occurredAt":"2026-11-18T11:08:20.000Z","name":"email_bounced","properties":{"campaign_id":"1","campaign":"My campaign","type":"hard","reason":"550 no such user"},"suppress":{"email":"dead@example.com","reason":"hard_bounce"}}",
      "{"type":"event","key":"","identifiers":[{"kind":"email","value":"angry@example.com"}],"occurredAt":"2026-11-18T11:10:00.000Z","name":"email_complained","properties":{"campaign_id":"1","campaign":"My campaign"},"suppress":{"email":"angry@example.com","reason":"complaint"}}",
      "{"type":"event","key":"","identifiers":[{"kind":"email","value":"left@example.com"}],"occurredAt":"2026-11-18T11:11:40.000Z","name":"newsletter_unsubscribed","properties":{"campaign_id":"1","campaign":"My campaign"},"consents":[{"channel":"email","topic":null,"state":"withdrawn","decidedAt":"2026-11-18T11:11:40.000Z","proof":{"system":"brevo","campaign":"My campaign"}},{"channel":"email","topic":"brevo-3","state":"withdrawn","decidedAt":"2026-11-18T11:11:40.000Z","proof":{"system":"brevo","campaign":"My campaign"}},{"channel":"email","topic":"brevo-42","state":"withdrawn","decidedAt":"2026-11-18T11:11:40.000Z","proof":{"system":"brevo","campaign":"My campaign"}}]}",
      "{"type":"event","key":"","identifiers":[{"kind":"email","value":"a@example.com"}],"occurredAt":"2026-11-18T11:13:20.000Z","name":"brevo_list_joined","properties":{"lists":"3"}}",
      "{"type":"event","key":"","identifiers":[{"kind":"email","value":"b@example.com"}],"occurredAt":"2026-11-18T11:13:20.000Z","name":"brevo_list_joined","properties":{"lists":"3"}}",
      "{"type":"removed","key":""}",
    ]
  `);
});
