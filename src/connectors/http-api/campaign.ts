import type { TrackingMessage } from './message.ts';

/** `context.campaign` of the SDKs, in the spelling of the address bar. */
const CAMPAIGN_FIELDS = {
  source: 'utm_source',
  medium: 'utm_medium',
  name: 'utm_campaign',
  term: 'utm_term',
  content: 'utm_content',
} as const;
const UTM_NAMES: readonly string[] = Object.values(CAMPAIGN_FIELDS);

/** Where the visit came from: the campaign the SDK found, else the utm_ tags of the page's address. */
export function readCampaign(message: TrackingMessage): Record<string, string> {
  const found = fromContext(message.context.campaign);
  return Object.keys(found).length > 0 ? found : fromAddress(message);
}

export function readReferrer(message: TrackingMessage): Record<string, string> {
  const { referrer } = pageOf(message);
  return typeof referrer === 'string' && referrer !== '' ? { referrer } : {};
}

function fromContext(campaign: unknown): Record<string, string> {
  if (typeof campaign !== 'object' || campaign === null) return {};
  const entries = Object.entries(CAMPAIGN_FIELDS).flatMap(([field, name]) => {
    const value = Object.hasOwn(campaign, field) ? Reflect.get(campaign, field) : undefined;
    return typeof value === 'string' && value !== '' ? [[name, value]] : [];
  });
  return Object.fromEntries(entries);
}

function fromAddress(message: TrackingMessage): Record<string, string> {
  const { search, url } = pageOf(message);
  const query =
    typeof search === 'string' ? search : typeof url === 'string' ? (url.split('?', 2)[1] ?? '') : '';
  const tags = [...new URLSearchParams(query.split('#')[0])].filter(
    ([name, value]) => UTM_NAMES.includes(name) && value !== '',
  );
  return Object.fromEntries(tags);
}

function pageOf(message: TrackingMessage): Record<string, unknown> {
  const { page } = message.context;
  const fromPage = typeof page === 'object' && page !== null ? { ...page } : {};
  return message.type === 'page' ? { ...fromPage, ...message.properties } : fromPage;
}
