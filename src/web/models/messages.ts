import type { Campaign } from '../../flow/send/campaigns.ts';
import type { SegmentChoice } from '../../flow/send/choices.sql.ts';
import type { DeliveryRow } from '../../flow/send/deliveries.sql.ts';
import type { Progress } from '../../flow/send/progress.ts';
import type { WaterfallStep } from '../../flow/send/waterfall.ts';
import type { Role } from '../page.ts';
import { formatAgo, formatDateTime, formatNumber, formatPercent, isoOf, maskFor, plural } from './format.ts';

export type StatusModel = { kind: 'good' | 'running' | 'waiting' | 'warning' | 'bad' | 'off'; text: string };

const STATUSES: Record<string, StatusModel> = {
  draft: { kind: 'off', text: 'Draft' },
  sending: { kind: 'running', text: 'Sending' },
  paused: { kind: 'waiting', text: 'Paused' },
  sent: { kind: 'good', text: 'Sent' },
  cancelled: { kind: 'off', text: 'Cancelled' },
};
const DELIVERY_STATUSES: Record<string, StatusModel> = {
  pending: { kind: 'waiting', text: 'Waiting' },
  sending: { kind: 'running', text: 'In flight' },
  sent: { kind: 'good', text: 'Sent' },
  failed: { kind: 'bad', text: 'Failed' },
  skipped: { kind: 'off', text: 'Left out' },
  unknown: { kind: 'warning', text: 'Unknown' },
};

/** Why somebody gets nothing, as the eye reads it. */
const REASONS: Record<string, string> = {
  'not a person any more': 'joined with somebody, or erased',
  'no address': 'no address',
  unsubscribed: 'unsubscribed',
  'no consent': 'never agreed to this topic',
  suppressed: 'suppressed (bounced, complained or by hand)',
  'frequency cap': 'has had enough messages lately',
  'control group': 'in the control group',
  'same address': 'another person with the same address gets it',
};

export function statusOf(campaign: Campaign, progress: Progress): StatusModel {
  if (campaign.status === 'sending' && campaign.statusReason)
    return { kind: 'warning', text: 'Waiting for the mail server' };
  const status = STATUSES[campaign.status] ?? { kind: 'off', text: campaign.status };
  return campaign.status === 'sent' && progress.unknown > 0
    ? { kind: 'warning', text: `Sent, ${progress.unknown} unknown` }
    : status;
}

export function deliveryStatus(status: string): StatusModel {
  return DELIVERY_STATUSES[status] ?? { kind: 'off', text: status };
}

export function reasonWords(reason: string | null): string {
  return reason === null ? '' : (REASONS[reason] ?? reason);
}

/** One line of the list. */
export function messageRow(
  campaign: Campaign,
  progress: Progress,
  around: { segments: SegmentChoice[]; zone: string },
) {
  const at = campaign.startedAt ?? campaign.updatedAt;
  return {
    href: `/messages/${campaign.id}`,
    name: campaign.name,
    subject: campaign.subject,
    segment: around.segments.find((one) => one.key === campaign.segmentKey)?.name ?? campaign.segmentKey,
    status: statusOf(campaign, progress),
    sent: campaign.status === 'draft' ? '–' : formatNumber(progress.sent),
    opened: rate(progress.opened, progress.sent),
    clicked: rate(progress.clicked, progress.sent),
    at: campaign.startedAt ? formatDateTime(at, around.zone) : `edited ${formatAgo(at)}`,
    atIso: isoOf(at),
  };
}

/** The figures of a campaign that has started; each opens to its people. */
export function reportModel(campaign: Campaign, progress: Progress, zone: string) {
  const base = `/messages/${campaign.id}/people`;
  const total = progress.pending + progress.sending + progress.sent + progress.failed + progress.unknown;
  const figure = (label: string, count: number, query: string, note?: string) => ({
    label,
    value: formatNumber(count),
    href: count > 0 ? `${base}?${query}` : null,
    note: note ?? '',
  });
  const share = (count: number) =>
    progress.sent > 0 ? `${formatPercent(count / progress.sent)} of sent` : '';
  return {
    status: statusOf(campaign, progress),
    isRunning: campaign.status === 'sending',
    isPaused: campaign.status === 'paused',
    problem: campaign.statusReason,
    done: total - progress.pending - progress.sending,
    total,
    progressNote: `${formatNumber(total - progress.pending - progress.sending)} of ${formatNumber(total)}`,
    startedAt: formatDateTime(campaign.startedAt, zone),
    finishedAt: campaign.finishedAt ? formatDateTime(campaign.finishedAt, zone) : null,
    figures: [
      figure('Sent', progress.sent, 'status=sent'),
      figure('Opened', progress.opened, 'mark=opened', share(progress.opened)),
      figure('Clicked', progress.clicked, 'mark=clicked', share(progress.clicked)),
      figure('Unsubscribed', progress.unsubscribed, 'mark=unsubscribed', share(progress.unsubscribed)),
      figure('Bounced', progress.bounced, 'mark=bounced'),
      figure('Failed', progress.failed, 'status=failed'),
    ],
    skipped: progress.skippedBy.map(({ reason, count }) => ({
      reason: reasonWords(reason),
      count: formatNumber(count),
      href: `${base}?status=skipped&reason=${encodeURIComponent(reason)}`,
    })),
    unknown:
      progress.unknown > 0
        ? { text: plural(progress.unknown, 'message'), href: `${base}?status=unknown` }
        : null,
  };
}

/** The steps of an audience; `people` is the page that opens them. */
export function waterfallModel(steps: WaterfallStep[], people: string) {
  const all = steps[0]?.count ?? 0;
  return steps.map((step) => ({
    label: step.label,
    count: formatNumber(step.count),
    share: all > 0 ? formatPercent(step.count / all) : '',
    width: all > 0 ? Math.round((step.count / all) * 100) : 0,
    left: step.left.map(({ reason, count }) => ({
      text: `${formatNumber(count)} ${reasonWords(reason)}`,
      href: `${people}reason=${encodeURIComponent(reason)}`,
    })),
  }));
}

export function deliveryRow(row: DeliveryRow, role: Role, zone: string) {
  return {
    href: `/people/${row.profileId}`,
    name: row.name ?? maskFor(role, row.address),
    address: maskFor(role, row.address),
    status: deliveryStatus(row.status),
    reason: reasonWords(row.reason),
    sentAt: row.sentAt ? formatDateTime(row.sentAt, zone) : '–',
    openedAt: row.openedAt ? formatAgo(row.openedAt) : '–',
    clickedAt: row.clickedAt ? formatAgo(row.clickedAt) : '–',
  };
}

/** What the segment of a message is like now, for the aside. */
export function segmentModel(choice: SegmentChoice | undefined, key: string) {
  if (!choice)
    return {
      name: key,
      href: `/segments/${key}`,
      size: '–',
      freshness: 'It is no longer there.',
      isReady: false,
    };
  return {
    name: choice.name,
    href: `/segments/${choice.key}`,
    size: choice.size === null ? 'not counted yet' : plural(choice.size, 'person', 'people'),
    freshness: choice.asOf ? `as of ${formatAgo(choice.asOf)}` : 'not computed yet',
    isReady: choice.status === 'ready' && choice.asOf !== null,
  };
}

function rate(count: number, of: number): string {
  return of > 0 ? formatPercent(count / of) : '–';
}
