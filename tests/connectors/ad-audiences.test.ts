import { afterEach, describe, expect, test } from 'vitest';
import type { PushBatch, PushPerson } from '../../src/connectors/audience.ts';
import googleAds from '../../src/connectors/google-ads/google-ads.ts';
import metaAds from '../../src/connectors/meta-ads/meta-ads.ts';
import { digitsOnly, googleEmail, plainEmail, sha256Hex } from '../../src/connectors/reading/hashing.ts';
import type { ContractServer } from '../vendors/contract-server.ts';
import { type DataManagerServer, startDataManager } from '../vendors/data-manager.ts';
import { type MetaAudienceServer, startMetaAudienceServer } from '../vendors/meta-audiences.ts';
import { vectors } from '../vendors/vectors.ts';
import { contextFor } from './reading.ts';

const hashes = vectors.identity_hashing;
const GIVEN = hashes.email_as_given ?? '';
const PHONE = hashes.phone_e164 ?? '';

let open: ContractServer | null = null;
afterEach(async () => {
  expect(open?.violations ?? []).toEqual([]);
  await open?.close();
});

const person = (index: number, extra: Partial<PushPerson> = {}): PushPerson => ({
  profileId: `p${index}`,
  email: `person${index}@example.com`,
  phone: null,
  traits: {},
  changeId: `c${index}`,
  hasAdsConsent: false,
  ...extra,
});
const batch = (extra: Partial<PushBatch>): PushBatch => ({
  ...{ audience: 'Gold', audienceKey: 'key-1', there: 0, adds: [], removes: [] },
  ...extra,
});

test('addresses and phones are hashed as each vendor asks for it', () => {
  expect(sha256Hex(plainEmail(GIVEN))).toBe(hashes.meta_email_sha256);
  expect(googleEmail(GIVEN)).toBe(hashes.google_email_normalised);
  expect(sha256Hex(googleEmail(GIVEN))).toBe(hashes.google_email_sha256);
  expect(sha256Hex(digitsOnly(PHONE))).toBe(hashes.meta_phone_sha256_digits_only);
  expect(sha256Hex(PHONE)).toBe(hashes.google_phone_sha256_with_plus);
  expect(googleEmail('a.b+c@tea.example')).toBe('a.b+c@tea.example');
});

describe('Meta', () => {
  let server: MetaAudienceServer;
  const setUp = async () => {
    server = await startMetaAudienceServer();
    open = server;
  };
  const push = async (given: Partial<PushBatch>) =>
    await metaAds.push!(contextFor(metaAds, server, server.settings, { tries: 2 }), batch(given));

  test('a segment becomes one custom audience, known again by its mark though its name was changed there', async () => {
    await setUp();
    await push({ adds: [person(1, { email: GIVEN, phone: PHONE }), person(2)] });
    server.audiences[0]!.name = 'Renamed over there';
    await push({ adds: [person(3)], removes: [person(2)], there: 2 });
    expect(server.audiences).toHaveLength(1);
    expect([...server.audiences[0]!.members]).toEqual([
      `${hashes.meta_email_sha256}/${hashes.meta_phone_sha256_digits_only}`,
      `${sha256Hex('person3@example.com')}/`,
    ]);
    expect(server.requests.map(({ body }) => body).join()).not.toContain('@');
  });

  test('the one address Meta makes nothing of is found among many, and told once more changes nothing', async () => {
    await setUp();
    server.unusable.add(sha256Hex('person5@example.com'));
    const adds = Array.from({ length: 20 }, (_, index) => person(index));
    const outcomes = await push({ adds });
    expect(outcomes.filter(({ outcome }) => outcome === 'refused')).toEqual([
      { profileId: 'p5', outcome: 'refused', reason: 'Meta cannot use this address or phone number.' },
    ]);
    expect(server.audiences[0]!.members.size).toBe(19);
    await push({ adds });
    expect(server.audiences[0]!.members.size).toBe(19);
  });

  test('who has neither address nor phone is refused by name of what is missing', async () => {
    await setUp();
    expect(await push({ adds: [person(1, { email: null })] })).toEqual([
      expect.objectContaining({ outcome: 'refused', reason: expect.stringContaining('no e-mail address') }),
    ]);
  });

  test('an audience that is gone, flagged, or whose terms nobody accepted, ends the push in words', async () => {
    await setUp();
    await expect(push({ adds: [person(1)], there: 40 })).rejects.toThrow(/gone at Meta, though 40 people/);
    expect(server.audiences).toEqual([]);
    expect(await push({ removes: [person(1)], there: 40 })).toEqual([{ profileId: 'p1', outcome: 'done' }]);
    await push({ adds: [person(1)] });
    server.audiences[0]!.operation_status = { code: 471, description: 'Against the rules' };
    await expect(push({ adds: [person(2)] })).rejects.toThrow(/flagged.*Against the rules/);
    delete server.audiences[0]!.operation_status;
    const terms = {
      message: 'Terms',
      type: 'OAuthException',
      code: 200,
      error_subcode: 1870090,
      fbtrace_id: 'A',
    };
    server.plan('none', { status: 400, json: { error: terms } });
    await expect(push({ adds: [person(2)] })).rejects.toThrow(/terms of customer lists/);
  });

  test('a throttle is waited for, a dead token asks to be replaced', async () => {
    await setUp();
    const busy = { message: 'Too many calls', type: 'OAuthException', code: 80003, fbtrace_id: 'A' };
    server.plan('none', 'none', { status: 400, json: { error: busy } });
    expect(await push({ adds: [person(1)] })).toEqual([{ profileId: 'p1', outcome: 'done' }]);
    const dead = { ...busy, code: 190, error_subcode: 463 };
    server.plan({ status: 400, json: { error: dead } });
    await expect(push({ adds: [person(2)] })).rejects.toMatchObject({ needsReconnect: true });
  });
});

describe('Google', () => {
  let server: DataManagerServer;
  const setUp = async () => {
    server = await startDataManager();
    open = server;
  };
  const ctx = () => contextFor(googleAds, server, server.settings, { tries: 2 });
  const push = async (given: Partial<PushBatch>) => await googleAds.push!(ctx(), batch(given));
  const settle = async (ticket: string, people: PushPerson[]) =>
    await googleAds.settle!(ctx(), ticket, people);

  test('who enters waits for the request; only who said yes to ads is sent as having said so', async () => {
    await setUp();
    const adds = [person(1, { email: GIVEN, phone: PHONE, hasAdsConsent: true }), person(2)];
    expect(await push({ adds })).toEqual([
      { profileId: 'p1', outcome: 'waiting', ticket: 'request-1' },
      { profileId: 'p2', outcome: 'waiting', ticket: 'request-1' },
    ]);
    expect(await settle('request-1', adds)).toEqual([
      expect.objectContaining({ outcome: 'waiting' }),
      expect.objectContaining({ outcome: 'waiting' }),
    ]);
    expect(await settle('request-1', adds)).toEqual([
      { profileId: 'p1', outcome: 'done' },
      { profileId: 'p2', outcome: 'done' },
    ]);
    const [list] = server.lists;
    expect(Object.fromEntries(list!.members)).toEqual({
      [`${hashes.google_email_sha256}/${hashes.google_phone_sha256_with_plus}`]: 'CONSENT_GRANTED',
      [sha256Hex('person2@example.com')]: 'unspecified',
    });
    await push({ removes: [person(2)], there: 2 });
    await settle('request-2', [person(2)]);
    await settle('request-2', [person(2)]);
    expect(list!.members.size).toBe(1);
    expect(server.lists).toHaveLength(1);
  });

  test('what failed is said with its reason; what was taken in part is there with a remark', async () => {
    await setUp();
    await push({ adds: [person(1), person(2)] });
    server.jobs[0]!.asksLeft = 0;
    server.ends.push({ requestStatus: 'PARTIAL_SUCCESS', reason: 'NO_CONSENT', count: '1' });
    expect(await settle('request-1', [person(1), person(2)])).toEqual(
      [1, 2].map((index) => ({
        profileId: `p${index}`,
        outcome: 'done',
        remark: 'Google left out some of 2 and does not say whom: there is no consent to ads (1)',
      })),
    );
    server.jobs[0]!.asksLeft = 0;
    server.ends.push({ requestStatus: 'FAILED', reason: 'INVALID_FORMAT', count: '2' });
    expect((await settle('request-1', [person(1)]))[0]).toMatchObject({
      outcome: 'refused',
      reason: 'Google: an address or phone number is not in its form (2)',
    });
  });

  test('nothing is sent before the terms are accepted, and no list that is gone is made anew', async () => {
    await setUp();
    const without = contextFor(googleAds, server, { ...server.settings, acceptsTerms: false });
    await expect(googleAds.push!(without, batch({ adds: [person(1)] }))).rejects.toThrow(
      /Customer Match terms/,
    );
    expect(server.requests).toEqual([]);
    await expect(push({ adds: [person(1)], there: 3 })).rejects.toThrow(/gone at Google/);
  });
});
