import type { CampaignSpend } from '../../reports/acquisition.sql.ts';
import type { ChannelRow } from '../../reports/acquisition.ts';
import type { SegmentGrowth } from '../../reports/growth.sql.ts';
import type { FirstSteps, SourceHealth } from '../../reports/health.sql.ts';
import type { Kpi } from '../../reports/kpis.ts';
import type { Role } from '../../staff/roles.ts';
import { type Spark, sparkline } from './charts.ts';
import { formatAgo, formatMoney, formatNumber, formatPercent } from './format.ts';

type Unit = Kpi['unit'];

export type StatModel = {
  key: string;
  title: string;
  value: string;
  /** `up`, `down` or `flat`; null where there is nothing to compare with. */
  direction: string | null;
  change: string;
  previous: string;
  spark: Spark | null;
};

export function statModel(kpi: Kpi, currency: string, days: number): StatModel {
  const format = formatter(kpi.unit, currency);
  return {
    key: kpi.key,
    title: kpi.title,
    value: kpi.value === null ? '–' : format(kpi.value),
    direction: directionOf(kpi),
    change: changeOf(kpi),
    previous: previousOf(kpi, format, days),
    spark: kpi.days.some((day) => day !== kpi.days[0]) ? sparkline(kpi.days, format) : null,
  };
}

export function formatter(unit: Unit, currency: string): (value: number) => string {
  if (unit === 'money') return (value) => formatMoney(value, currency);
  if (unit === 'percent') return (value) => formatPercent(value);
  return (value) => formatNumber(value);
}

function previousOf(kpi: Kpi, format: (value: number) => string, days: number): string {
  if (kpi.previous === null) return 'nothing to compare with yet';
  return kpi.key === 'people'
    ? `${format(kpi.previous)} ${days} days ago`
    : `${format(kpi.previous)} in the ${days} days before`;
}

function directionOf(kpi: Kpi): string | null {
  if (kpi.value === null || kpi.previous === null || kpi.previous === 0) return null;
  if (kpi.value === kpi.previous) return 'flat';
  return kpi.value > kpi.previous ? 'up' : 'down';
}

function changeOf(kpi: Kpi): string {
  if (kpi.value === null || kpi.previous === null || kpi.previous === 0) return '';
  if (kpi.unit === 'percent') return `${signed((kpi.value - kpi.previous) * 100)} points`;
  return `${signed(((kpi.value - kpi.previous) / kpi.previous) * 100)}%`;
}

function signed(value: number): string {
  const rounded = Math.abs(value) >= 100 ? Math.round(value) : Math.round(value * 10) / 10;
  return `${rounded > 0 ? '+' : rounded < 0 ? '−' : '±'}${formatNumber(Math.abs(rounded))}`;
}

export function growthModel(rows: SegmentGrowth[]) {
  return rows.map((row) => ({
    href: `/segments/${row.key}`,
    name: row.name,
    size: formatNumber(row.size),
    change:
      row.size === row.before
        ? 'no change'
        : `${row.size > row.before ? '+' : '−'}${formatNumber(Math.abs(row.size - row.before))}`,
    direction: row.size === row.before ? 'flat' : row.size > row.before ? 'up' : 'down',
  }));
}

/** `canOpen`: only an admin has the Sources pages. */
export function healthModel(rows: SourceHealth[], at: Date, canOpen: boolean) {
  return rows.map((row) => ({
    href: canOpen ? `/sources/${row.id}` : null,
    name: row.name,
    state: stateOf(row),
    words: wordsOf(row, at),
  }));
}

/** Examples a segment is held to, and does not hold any more. */
export function brokenPinsModel(rows: { key: string; name: string; broken: number }[]) {
  return rows.map((row) => ({
    href: `/segments/${encodeURIComponent(row.key)}/by-hand`,
    name: row.name,
    words: `${row.broken === 1 ? 'a pinned example is' : `${formatNumber(row.broken)} pinned examples are`} broken.`,
  }));
}

function stateOf(row: SourceHealth): 'good' | 'warning' | 'off' | 'bad' {
  if (row.status === 'needs_attention' || row.lastStatus === 'failed') return 'bad';
  if (row.status === 'paused') return 'off';
  return row.lastStatus === 'partial' ? 'warning' : 'good';
}

function wordsOf(row: SourceHealth, at: Date): string {
  if (row.status === 'needs_attention') return row.statusMessage ?? 'Needs your attention';
  if (row.status === 'paused') return 'Paused';
  if (row.lastStatus === 'failed' || row.lastStatus === 'partial')
    return row.lastMessage ?? 'The last sync did not finish';
  if (!row.lastFinishedAt)
    return row.connector === 'http-api' || row.connector === 'csv' ? 'Ready to receive' : 'Not synced yet';
  return `Synced ${formatAgo(row.lastFinishedAt, at)}, ${formatNumber(row.lastNew)} new`;
}

/** The first hour. What a role may not do is told without a link. */
export function checklistModel(steps: FirstSteps, role: Role) {
  const isAdmin = role === 'admin';
  const canWrite = role !== 'viewer';
  const all = [
    {
      done: steps.hasSource || steps.hasPeople,
      title: 'Bring in people',
      help: 'Connect a source, send events or upload a CSV.',
      href: isAdmin ? '/sources/new' : canWrite ? '/imports/new' : null,
    },
    {
      done: steps.hasPeople,
      title: 'Look at one person',
      help: 'One timeline across every system that knows them.',
      href: '/people',
    },
    {
      done: steps.hasSegment,
      title: 'Build a segment',
      help: 'Automatic ones are there already; make one of your own.',
      href: canWrite ? '/segments/new' : null,
    },
    {
      done: steps.hasSender,
      title: 'Say who writes',
      help: 'A From address and a postal address, before the first campaign.',
      href: isAdmin ? '/settings' : null,
    },
    {
      done: steps.hasCampaign,
      title: 'Send a campaign',
      help: 'See who will receive it, and why others will not.',
      href: canWrite ? '/messages/new' : null,
    },
  ];
  const done = all.filter((step) => step.done).length;
  return done === all.length ? null : { steps: all, done, total: all.length };
}

export function channelModel(rows: ChannelRow[], currency: string) {
  const money = (value: number | null) => (value === null ? '–' : formatMoney(value, currency));
  return rows.map((row) => ({
    channel: channelName(row.channel),
    spend: row.cost === 0 ? '–' : money(row.cost),
    clicks: row.clicks === 0 ? '–' : formatNumber(row.clicks),
    people: formatNumber(row.people),
    buyers: formatNumber(row.buyers),
    revenue: money(row.revenue),
    costPerCustomer: money(row.costPerCustomer),
    returnOnSpend:
      row.returnOnSpend === null ? '–' : `${formatNumber(Math.round(row.returnOnSpend * 100) / 100)}×`,
  }));
}

export function campaignSpendModel(rows: CampaignSpend[]) {
  return rows.map((row) => ({
    campaign: row.campaign,
    channel: channelName(row.channel),
    cost: formatMoney(row.cost, row.currency),
    clicks: formatNumber(row.clicks),
    impressions: formatNumber(row.impressions),
    perClick: row.clicks > 0 ? formatMoney(Number(row.cost) / row.clicks, row.currency) : '–',
  }));
}

const CHANNELS: Record<string, string> = {
  meta: 'Meta ads',
  google: 'Google ads',
  email: 'E-mail',
  search: 'Search',
  social: 'Social',
  referral: 'Links from other sites',
  direct: 'Direct',
  unknown: 'Not known',
};

/** The short key of a channel in words; a UTM source of one's own stays as it is. */
export function channelName(key: string): string {
  return CHANNELS[key] ?? key;
}
