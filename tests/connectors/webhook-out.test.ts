import { afterEach, beforeEach, expect, test } from 'vitest';
import type { PushPerson } from '../../src/connectors/audience.ts';
import webhookOut from '../../src/connectors/webhook-out/webhook-out.ts';
import { type Receiver, SECRET, startReceiver } from '../vendors/receiver.ts';
import { contextFor } from './reading.ts';

let server: Receiver;
beforeEach(async () => {
  server = await startReceiver();
});
afterEach(async () => await server.close());

const person = (index: number): PushPerson => ({
  profileId: `p${index}`,
  email: `person${index}@example.com`,
  phone: null,
  traits: { plan: 'gold' },
  changeId: `change-${index}`,
  hasAdsConsent: false,
});
const context = (extra: object = {}) =>
  contextFor(webhookOut, server, { ...server.settings, ...extra }, { tries: 2 });

async function push(adds: PushPerson[], removes: PushPerson[] = [], extra: object = {}) {
  const batch = { audience: 'Gold', audienceKey: 'key-1', there: 0, adds, removes };
  return await webhookOut.push!(context(extra), batch);
}

test('each coming and going is one signed message, and the same one when it is told again', async () => {
  expect(await webhookOut.check(context())).toContain('signed test message');
  await push([person(1), person(2)], [person(3)]);
  await push([person(1), person(2)], [person(3)]);
  const real = [...server.messages.values()].filter(({ type }) => type !== 'segments.test');
  expect(real.map(({ id, type, person }) => [id, type, person]).sort()).toEqual([
    ['change-1', 'segment.entered', 'p1'],
    ['change-2', 'segment.entered', 'p2'],
    ['change-3', 'segment.left', 'p3'],
  ]);
});

test('while the secret changes messages carry both signatures', async () => {
  const next = `whsec_${Buffer.alloc(32, 9).toString('base64')}`;
  await push([person(1)], [], { secret: next, previousSecret: SECRET });
  expect(server.messages.size).toBe(1);
  await expect(push([person(2)], [], { secret: next })).rejects.toThrow(/same signing secret/);
});

test('whom the receiver cannot take is refused alone; a receiver that is down ends the push', async () => {
  server.dislikes.set('p2', { status: 422, json: {} });
  server.dislikes.set('p3', { status: 500, json: {} });
  const outcomes = await push([1, 2, 3, 4].map(person));
  expect(outcomes.map(({ outcome }) => outcome)).toEqual(['done', 'refused', 'refused', 'done']);
  for (const index of [1, 2, 3, 4]) server.dislikes.set(`p${index}`, { status: 503, json: {} });
  await expect(push([1, 2, 3, 4].map(person))).rejects.toMatchObject({ retryable: true });
});

test('a receiver that wants no more, or is not there, asks to be looked at', async () => {
  server.dislikes.set('p1', { status: 410, json: {} });
  await expect(push([person(1)])).rejects.toMatchObject({ needsReconnect: true });
  server.dislikes.set('p1', { status: 404, json: {} });
  await expect(push([person(1)])).rejects.toThrow(/nothing at the address/);
});
