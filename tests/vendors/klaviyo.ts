import { type ContractServer, startContractServer } from './contract-server.ts';
import { type KlaviyoAccount, type KlEvent, type KlProfile, klaviyo } from './klaviyo-api.ts';
import { loadSpec } from './spec.ts';

export type KlaviyoServer = ContractServer & {
  account: KlaviyoAccount;
  settings: { apiKey: string; url: string };
  /** Changes one profile as of a moment. */
  change: (index: number, updated: string, patch?: Partial<KlProfile>) => void;
};

const START_MS = Date.parse('2026-10-01T08:00:00Z');
const METRICS = [
  'Received Email',
  'Opened Email',
  'Clicked Email',
  'Bounced Email',
  'Unsubscribed from Email Marketing',
  'Marked Email as Spam',
  'Placed Order',
  'Viewed Product',
];

/**
 * A Klaviyo of `person<index>@example.com`, two of them a minute, every fifth unsubscribed; each received one mail,
 * the second half opened it, the last bounced.
 */
export async function startKlaviyoServer(
  options: { profiles?: number; sameSecond?: boolean; validate?: boolean } = {},
): Promise<KlaviyoServer> {
  const { profiles: size = 6, sameSecond = false } = options;
  const profiles = Array.from({ length: size }, (_, index) => makeKlaviyoProfile(index, sameSecond));
  const account: KlaviyoAccount = {
    apiKey: 'pk_contract',
    profiles,
    events: profiles.flatMap((_, index) => eventsOf(index, size)),
    metrics: new Map(METRICS.map((name, index) => [`M${index}`, name])),
    lists: [],
    jobs: [],
  };
  const spec = options.validate === false ? undefined : await loadSpec('klaviyo.json');
  const server = await startContractServer(klaviyo(account), spec);
  const change = (index: number, updated: string, patch: Partial<KlProfile> = {}) => {
    account.profiles[index] = { ...account.profiles[index]!, ...patch, updated };
  };
  return { ...server, account, settings: { apiKey: account.apiKey, url: server.url }, change };
}

export function makeKlaviyoProfile(index: number, isSameSecond = false): KlProfile {
  const at = klaviyoTime(isSameSecond ? 0 : Math.floor(index / 2));
  return {
    id: `01K${String(index).padStart(23, '0')}`,
    email: `person${index}@example.com`,
    phone_number: null,
    external_id: `u-${index}`,
    first_name: 'Person',
    last_name: String(index),
    created: at,
    updated: at,
    properties: { plan: index % 2 === 0 ? 'free' : 'paid', $source: -6 },
    subscriptions: subscriptionOf(index % 5 === 4 ? 'UNSUBSCRIBED' : 'SUBSCRIBED', at),
  };
}

export function subscriptionOf(consent: string, at: string, suppression: object[] = []) {
  return {
    email: {
      marketing: {
        can_receive_email_marketing: consent === 'SUBSCRIBED',
        consent,
        consent_timestamp: consent === 'NEVER_SUBSCRIBED' ? null : at,
        last_updated: at,
        method: 'FORM',
        method_detail: 'Footer',
        custom_method_detail: null,
        double_optin: true,
        suppression,
        list_suppressions: [],
      },
    },
    sms: null,
    mobile_push: null,
    whatsapp: null,
  };
}

export function makeKlaviyoEvent(name: string, index: number, at: string, properties: object = {}): KlEvent {
  const metric = `M${METRICS.indexOf(name)}`;
  const profile = makeKlaviyoProfile(index).id;
  return {
    id: `${metric}-${index}-${Date.parse(at)}`,
    datetime: at,
    metric,
    profile,
    properties: { ...properties },
  };
}

function eventsOf(index: number, size: number): KlEvent[] {
  const mail = { Subject: 'News', 'Campaign Name': 'October', $message: '01HX' };
  const at = (minutes: number) => klaviyoTime(10_000 + minutes);
  if (index === size - 1)
    return [makeKlaviyoEvent('Bounced Email', index, at(0), { ...mail, 'Bounce Type': 'Hard' })];
  const received = makeKlaviyoEvent('Received Email', index, at(0), mail);
  return index < size / 2
    ? [received]
    : [received, makeKlaviyoEvent('Opened Email', index, at(5 + index), mail)];
}

/** Minutes after 1 October 2026, 08:00 UTC, as Klaviyo writes it. */
export function klaviyoTime(minutes: number): string {
  return new Date(START_MS + minutes * 60_000).toISOString().replace('.000Z', '+00:00');
}
