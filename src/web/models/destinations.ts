import type { Audience } from '../../connectors/audience.ts';
import type { RefusedPerson } from '../../flow/send/destination-members.sql.ts';
import type { LeftOut } from '../../flow/send/destination-people.sql.ts';
import type { Destination, DestinationRun } from '../../flow/send/destinations.ts';
import { formatAgo, formatDateTime, formatDuration, formatNumber, isoOf, maskFor } from './format.ts';
import type { StatusModel } from './messages.ts';

const RUN_STATUSES: Record<string, StatusModel> = {
  running: { kind: 'running', text: 'Running' },
  succeeded: { kind: 'good', text: 'Succeeded' },
  partial: { kind: 'warning', text: 'Broke off' },
  failed: { kind: 'bad', text: 'Failed' },
};

export const RHYTHM_CHOICES = [
  { value: '', label: 'Each night' },
  { value: '60', label: 'Each hour' },
  { value: '1', label: 'Each minute' },
];

const LEFT_OUT_WORDS: Record<LeftOut, string> = {
  gone: 'no longer a person here: joined with somebody, or erased',
  'no address': 'without an address one could know them by there',
  suppressed: 'suppressed: complained, bounced, or asked never to be written to',
  'no ads': 'withdrew their consent to ads',
};

export type MemberCounts = { destination_id: string; state: string; count: number }[];

/** Minutes between two pushes; null is each night. What is no choice stays itself, and is refused. */
export function readRhythm({ everyMinutes = '' }: Record<string, string>): number | null {
  return everyMinutes === '' ? null : Number(everyMinutes);
}

export function destinationStatus(destination: Destination, lastRun?: DestinationRun): StatusModel {
  if (lastRun?.status === 'running') return { kind: 'running', text: 'Pushing' };
  if (destination.status === 'paused') return { kind: 'waiting', text: 'Paused' };
  if (destination.status === 'needs_attention') return { kind: 'bad', text: 'Needs attention' };
  return destination.failures > 0
    ? { kind: 'warning', text: 'Tries again' }
    : { kind: 'good', text: 'Active' };
}

export function destinationRow(
  destination: Destination,
  known: {
    connector: string;
    segment: string;
    counts: MemberCounts;
    lastRun: DestinationRun | undefined;
    audience: Audience | undefined;
    zone: string;
  },
) {
  const own = known.counts.filter((row) => row.destination_id === destination.id);
  const sum = (...states: string[]) =>
    own.filter(({ state }) => states.includes(state)).reduce((total, row) => total + row.count, 0);
  const there = sum('in', 'kept');
  const { minimum, noun = 'audience' } = known.audience ?? {};
  const isSmall = minimum !== undefined && known.lastRun !== undefined && there < minimum.people;
  return {
    href: `/destinations/${destination.id}`,
    name: destination.name,
    connector: known.connector,
    noun,
    segment: known.segment,
    segmentHref: `/segments/${destination.segmentKey}`,
    status: destinationStatus(destination, known.lastRun),
    message: destination.statusMessage,
    accountHref: `/sources/${destination.sourceId}/settings`,
    there: formatNumber(there),
    waiting: formatNumber(sum('waiting', 'leaving')),
    refused: formatNumber(sum('refused')),
    leftAsTheyWere: sum('left_out', 'kept') > 0 ? formatNumber(sum('left_out', 'kept')) : null,
    advice: isSmall ? minimum.advice : null,
    lastRun: known.lastRun ? formatAgo(known.lastRun.startedAt) : 'never',
    rhythm: RHYTHM_CHOICES.find(({ value }) => value === String(destination.everyMinutes ?? ''))?.label,
    nextPush: nextPushOf(destination, known.zone),
  };
}

export function destinationRunRow(run: DestinationRun, zone: string) {
  const status = RUN_STATUSES[run.status] ?? { kind: 'off', text: run.status };
  return {
    startedAt: formatDateTime(run.startedAt, zone),
    startedIso: isoOf(run.startedAt),
    status: run.isDryRun ? { kind: 'off', text: 'Dry run' } : status,
    added: formatNumber(run.added),
    removed: formatNumber(run.removed),
    refused: formatNumber(run.refused),
    duration: run.finishedAt ? formatDuration(run.finishedAt.getTime() - run.startedAt.getTime()) : '–',
    message: run.message,
  };
}

type Role = Parameters<typeof maskFor>[0];

/** Somebody who was refused, or is there with a remark. */
export function memberRow(one: RefusedPerson, role: Role, zone: string) {
  const retryAt = one.retry_at === null ? null : new Date(one.retry_at);
  const again = retryAt === null ? 'with the next push' : formatDateTime(retryAt, zone);
  return {
    href: `/people/${one.profile_id}`,
    address: whoOf({ email: one.address, phone: one.phone }, role),
    reason: one.reason,
    again: one.state === 'refused' ? again : '–',
  };
}

export function whoOf({ email, phone }: { email: string | null; phone: string | null }, role: Role): string {
  return maskFor(role, email ?? phone) || 'without an address';
}

/** The members of the segment who are not told there, and why. */
export function leftOutRows(counts: { why: LeftOut | null; count: number }[]) {
  const rows = counts.flatMap(({ why, count }) =>
    why === null ? [] : [{ count: formatNumber(count), why: LEFT_OUT_WORDS[why] }],
  );
  const members = counts.reduce((sum, { count }) => sum + count, 0);
  const told = counts.find(({ why }) => why === null)?.count ?? 0;
  return { rows, members: formatNumber(members), told: formatNumber(told) };
}

function nextPushOf({ status, nextPushAt }: Destination, zone: string): string {
  if (status === 'paused') return 'when it is resumed';
  if (status === 'needs_attention') return 'when you push, after the account is mended';
  return nextPushAt ? formatDateTime(nextPushAt, zone) : 'tonight';
}
