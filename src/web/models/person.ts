import type { ConsentRow } from '../../flow/profile/consents.sql.ts';
import { consentState } from '../../flow/profile/consents.ts';
import type { TimelineEvent } from '../../flow/profile/timeline.sql.ts';
import type { ShownTrait } from '../../flow/profile/traits.sql.ts';
import type { ProfileShape } from '../../reports/profiles.ts';
import { formatDate, formatMoney, formatNumber } from './format.ts';
import {
  type Eyes,
  eventTitle,
  lifecycleName,
  moment,
  nameOf,
  unveil,
  unveilAddress,
  valueText,
} from './people.ts';

const KIND_NAMES: Record<string, string> = {
  user_id: 'Account',
  email: 'E-mail',
  phone: 'Phone',
  anonymous_id: 'Browser or device',
};
const CHANNELS: Record<string, string> = { email: 'E-mail', sms: 'SMS', ads: 'Ads', web: 'Web' };
const REACHED: Record<string, 'good' | 'bad' | 'off' | 'running' | 'waiting'> = {
  sent: 'good',
  failed: 'bad',
  skipped: 'off',
  unknown: 'bad',
  sending: 'running',
  pending: 'waiting',
};

/** What stands at the top: what to call the person, and the figures that say who they are to the business. */
export function personHead(profile: ProfileShape, eyes: Eyes) {
  const { facts, traits } = profile;
  const money = (name: string) =>
    typeof facts[name] === 'number' ? formatMoney(facts[name], eyes.currency) : '–';
  const day = (name: string) => (facts[name] instanceof Date ? formatDate(facts[name], eyes.timezone) : '–');
  const group = typeof facts.rfm_group === 'string' ? eventTitle(facts.rfm_group.replaceAll('-', ' ')) : null;
  return {
    name: personName(profile, eyes),
    stats: [
      { label: 'Net revenue', value: money('net_revenue'), note: `Average order ${money('average_order')}` },
      {
        label: 'Orders',
        value: formatNumber(Number(facts.orders ?? 0)),
        note: `Last ${day('last_order_at')}`,
      },
      {
        label: 'Lifecycle',
        value: typeof facts.lifecycle === 'string' ? lifecycleName(facts.lifecycle) : '–',
        note: group ?? 'No RFM group',
      },
      {
        label: 'Last seen',
        value: moment(facts.last_seen_at instanceof Date ? facts.last_seen_at : null, eyes).ago,
        note: `First ${formatDate(profile.firstSeenAt, eyes.timezone)}`,
      },
    ],
    country: typeof traits.country === 'string' ? traits.country : null,
  };
}

export function personName({ traits, identifiers }: ProfileShape, eyes: Eyes): string {
  const text = (name: string) =>
    typeof traits[name] === 'string' && traits[name] !== '' ? traits[name] : null;
  const full = [text('firstName'), text('lastName')].filter(Boolean).join(' ');
  const address = (kind: string) => identifiers.find((one) => one.kind === kind)?.value ?? null;
  return nameOf(
    {
      name: text('name') ?? (full || null),
      email: text('email') ?? address('email'),
      phone: text('phone') ?? address('phone'),
      account: address('user_id'),
    },
    eyes,
  );
}

export function identifierModel(
  one: { kind: string; value: string; firstSeenAt: Date; lastSeenAt: Date },
  eyes: Eyes,
) {
  const isAddress = one.kind === 'email' || one.kind === 'phone';
  return {
    kind: KIND_NAMES[one.kind] ?? one.kind.replace('source:', 'Id at '),
    value: isAddress ? unveilAddress(one.value, eyes) : unveil(one.value, eyes),
    since: formatDate(one.firstSeenAt, eyes.timezone),
  };
}

export function eventModel(event: TimelineEvent, eyes: Eyes) {
  return {
    title: eventTitle(event.name),
    at: moment(event.occurredAt, eyes),
    source: event.sourceName,
    value: event.value === null ? null : formatMoney(event.value, event.currency ?? eyes.currency),
    properties: Object.entries(event.properties).map(([name, value]) => ({
      name,
      value: valueText(name, value, eyes),
    })),
  };
}

export function traitModel(trait: ShownTrait, eyes: Eyes) {
  return {
    name: trait.name,
    value: valueText(trait.name, trait.value, eyes),
    source: trait.sourceName,
    since: moment(trait.changedAt, eyes),
    isShown: trait.isShown,
  };
}

/** Each channel and topic somebody decided on, its state, and the decisions behind it, the newest first. */
export function consentModels(decisions: ConsentRow[], sources: Map<string, string>, eyes: Eyes) {
  const places = Map.groupBy(decisions, ({ channel, topic }) => `${channel}\u0000${topic ?? ''}`);
  return [...places.values()].map((rows) => {
    const { channel, topic } = rows[0]!;
    const state = consentState(decisions, channel, topic);
    return {
      name: topic
        ? `${CHANNELS[channel] ?? channel}: ${topic}`
        : `${CHANNELS[channel] ?? channel}, everything`,
      state,
      kind: state === 'granted' ? ('good' as const) : ('off' as const),
      decisions: rows.toReversed().map((row) => ({
        state: row.state,
        at: row.decidedAt
          ? moment(row.decidedAt, eyes).text
          : `undated, received ${moment(row.receivedAt, eyes).text}`,
        source: (row.sourceId && sources.get(row.sourceId)) || 'here',
      })),
    };
  });
}

export function messageModel(
  row: {
    campaignId: string;
    campaign: string;
    status: string;
    reason: string | null;
    at: Date | null;
    openedAt: Date | null;
    clickedAt: Date | null;
  },
  eyes: Eyes,
) {
  const learned = [row.openedAt ? 'opened' : '', row.clickedAt ? 'clicked' : ''].filter(Boolean).join(', ');
  return {
    name: row.campaign,
    href: `/messages/${row.campaignId}`,
    status: {
      kind: REACHED[row.status] ?? 'off',
      text: row.reason ? `${row.status}: ${row.reason}` : row.status,
    },
    learned: learned || '–',
    at: moment(row.at, eyes),
  };
}
