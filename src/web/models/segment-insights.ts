import type { Finding, Insights } from '../../flow/segment/insights.ts';
import {
  FEWEST_HOLDERS,
  FEWEST_PEOPLE,
  MOST_KEPT,
  shareOfEveryone,
} from '../../reports/segment-differences.ts';
import { type Dumbbell, dumbbell } from './chart-dumbbell.ts';
import { formatDateTime, formatNumber, formatPercent, plural } from './format.ts';
import { channelName } from './home.ts';

export type InsightScope = {
  key: string;
  zone: string;
  sources: Map<string, string>;
  /** Traits, facts and events that the rule itself speaks of: no news that they stand out. */
  inRule: Set<string>;
};

export type FindingRow = {
  label: string;
  kind: string;
  note: string | null;
  count: string;
  countHref: string | null;
  share: string;
  everyone: string;
  times: string;
  strength: string;
  dumbbell: Dumbbell;
};

/** Rows of each of the two tables. */
const MOST_SHOWN = 20;

const KINDS: Record<Finding['group'], string> = {
  trait: 'Trait',
  product: 'Orders',
  channel: 'Channel',
  source: 'Source',
  event: 'Did',
};

/** What stands out in a segment, in words and figures. */
export function insightsModel(insights: Insights, scope: InsightScope) {
  const rows = insights.findings.map((one) => rowOf(one, insights, scope));
  const more = (isMore: boolean) => rows.filter((row) => row.isMore === isMore).slice(0, MOST_SHOWN);
  return {
    asOf: `As of ${formatDateTime(insights.asOf, scope.zone)}`,
    isTooSmall: Math.min(insights.sample.lookedAtMembers, insights.sample.lookedAtOthers) < FEWEST_PEOPLE,
    verdict: verdictOf(insights),
    method: methodOf(insights.sample),
    parts: [
      { id: 'over', title: 'More often than among everyone', rows: more(true) },
      { id: 'under', title: 'Less often than among everyone', rows: more(false) },
    ],
  };
}

function rowOf(one: Finding, { sample }: Insights, scope: InsightScope): FindingRow & { isMore: boolean } {
  const share = one.members / sample.lookedAtMembers;
  const everyone = shareOfEveryone(one, sample);
  const isWhole = sample.lookedAtMembers === sample.members;
  const label = labelOf(one, scope);
  return {
    isMore: one.effect > 0,
    label,
    kind: KINDS[one.group],
    note: scope.inRule.has(one.group === 'event' ? one.value : one.name) ? 'part of the rule' : null,
    count: isWhole ? formatNumber(one.members) : `about ${formatNumber(Math.round(share * sample.members))}`,
    countHref: one.group === 'source' ? peopleHref(scope.key, one.value) : null,
    share: formatPercent(share),
    everyone: formatPercent(everyone),
    times: timesOf(one.ratio),
    strength: strengthOf(one.effect),
    dumbbell: dumbbell(
      { members: share, everyone, most: 1 },
      `${formatPercent(share)} of the segment, ${formatPercent(everyone)} of everyone`,
    ),
  };
}

function peopleHref(key: string, source: string): string {
  return `/people?${new URLSearchParams({ segment: key, source })}`;
}

const CHANNEL_WORDS: Record<string, string> = {
  first_channel: 'First came by',
  last_channel: 'Last came by',
  first_campaign: 'First campaign:',
};

function labelOf(one: Finding, { sources }: InsightScope): string {
  switch (one.group) {
    case 'source':
      return sources.get(one.value) ?? 'A source that was removed';
    case 'channel':
      return `${CHANNEL_WORDS[one.name] ?? one.name} ${one.name === 'first_campaign' ? one.value : channelName(one.value)}`;
    case 'event':
      return words(one.value);
    case 'product':
      return one.name === 'product' ? one.value : `${words(one.name)}: ${one.value}`;
    default:
      return `${one.name}: ${one.value}`;
  }
}

function words(name: string): string {
  const spaced = name.replaceAll('_', ' ');
  return spaced.charAt(0).toUpperCase() + spaced.slice(1);
}

function timesOf(ratio: number | null): string {
  if (ratio === null) return 'only here';
  if (ratio === 0) return 'none';
  return ratio >= 10 ? `${Math.round(ratio)}×` : `${ratio.toFixed(ratio < 0.095 ? 2 : 1)}×`;
}

/** Cohen's words for his h. */
function strengthOf(effect: number): string {
  const size = Math.abs(effect);
  return size >= 0.8 ? 'large' : size >= 0.5 ? 'medium' : size >= 0.2 ? 'small' : 'slight';
}

function verdictOf({ compared, findings }: Insights): string {
  if (compared === 0)
    return 'Nothing could be compared: no trait, product, channel or source is held by enough people.';
  const things = plural(compared, 'thing');
  if (findings.length === 0) return `Of ${things} compared, none stands out beyond chance.`;
  return `Of ${things} compared, ${standingOut(findings)}; about 1 in 20 of such finds would be chance.`;
}

function standingOut(findings: Finding[]): string {
  if (findings.length === 1) return 'this one stands out';
  const over = findings.filter(({ effect }) => effect > 0).length;
  const count = formatNumber(findings.length);
  if (findings.length === MOST_KEPT) return `${count} or more stand out, of which these are the strongest`;
  const isCut = Math.max(over, findings.length - over) > MOST_SHOWN;
  return isCut ? `${count} stand out, of which these are the strongest` : `these ${count} stand out`;
}

function methodOf(sample: Insights['sample']): string {
  const isWhole = sample.lookedAtMembers === sample.members && sample.lookedAtOthers === sample.others;
  const who = isWhole
    ? `All ${formatNumber(sample.members)} members were held against the ${formatNumber(sample.others)} people who are not in.`
    : `A random ${formatNumber(sample.lookedAtMembers)} of ${formatNumber(sample.members)} members were held against a random ${formatNumber(sample.lookedAtOthers)} of the ${formatNumber(sample.others)} people who are not in; counts are scaled up.`;
  return `${who} A thing counts from ${FEWEST_HOLDERS} people on, a segment from ${FEWEST_PEOPLE}. The chance of each difference (two proportions; Fisher’s exact test where there are few) is corrected for the number of things compared after Benjamini and Hochberg; effects are Cohen’s h: slight, small from 0.2, medium from 0.5, large from 0.8.`;
}
