import type { Destination, DestinationRun } from '../../flow/send/destinations.ts';
import { formatAgo, formatDateTime, formatDuration, formatNumber, isoOf } from './format.ts';
import type { StatusModel } from './messages.ts';

const RUN_STATUSES: Record<string, StatusModel> = {
  running: { kind: 'running', text: 'Running' },
  succeeded: { kind: 'good', text: 'Succeeded' },
  partial: { kind: 'warning', text: 'Broke off' },
  failed: { kind: 'bad', text: 'Failed' },
};

export type MemberCounts = { destination_id: string; state: string; count: number }[];

export function destinationStatus(destination: Destination): StatusModel {
  if (destination.status === 'paused') return { kind: 'waiting', text: 'Paused' };
  return destination.status === 'active'
    ? { kind: 'good', text: 'Active' }
    : { kind: 'bad', text: 'Needs attention' };
}

export function destinationRow(
  destination: Destination,
  known: { connector: string; segment: string; counts: MemberCounts; lastRun: DestinationRun | undefined },
) {
  const own = known.counts.filter((row) => row.destination_id === destination.id);
  const count = (...states: string[]) =>
    formatNumber(
      own.filter(({ state }) => states.includes(state)).reduce((total, row) => total + row.count, 0),
    );
  return {
    href: `/destinations/${destination.id}`,
    name: destination.name,
    connector: known.connector,
    segment: known.segment,
    segmentHref: `/segments/${destination.segmentKey}`,
    status: destinationStatus(destination),
    message: destination.statusMessage,
    there: count('in', 'kept'),
    refused: count('refused'),
    lastRun: known.lastRun ? formatAgo(known.lastRun.startedAt) : 'never',
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
