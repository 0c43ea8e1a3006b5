import type { Impact } from '../../flow/segment/impact.ts';
import type { Segment } from '../../flow/segment/segments.ts';
import type { Difference } from '../../flow/segment/version-words.ts';
import type { Reaction } from '../../reports/segment-reactions.sql.ts';
import { formatDateTime, formatMoney, formatNumber, plural } from './format.ts';

type Sample = { href: string; name: string }[];
type Looks = { zone: string; currency: string };
const TITLES = { entering: 'Enter', leaving: 'Leave', staying: 'Stay' };

/** Who comes, goes and stays, and what they brought. */
export function impactModel(impact: Impact, samples: Record<keyof typeof TITLES, Sample>, looks: Looks) {
  const about = impact.estimatedFrom === null ? '' : 'about ';
  return {
    asOf: formatDateTime(impact.asOf, looks.zone),
    estimate:
      impact.estimatedFrom === null
        ? null
        : `Estimated from ${formatNumber(impact.estimatedFrom)} people, since comparing everyone takes too long for now.`,
    sides: (Object.keys(TITLES) as (keyof typeof TITLES)[]).map((side) => ({
      id: side,
      title: TITLES[side],
      count: `${about}${plural(impact[side].count, 'person', 'people')}`,
      revenue: `${about}${formatMoney(impact[side].revenue, looks.currency)}`,
      people: samples[side],
      more: impact[side].count > samples[side].length ? 'Those with the most revenue.' : null,
    })),
  };
}

export type ReactionModel = { href: string | null; label: string; acts: string; quietly: string };

/** What goes by the members: what it does after a save that acts, and after a quiet one. */
export function reactionModels(
  reactions: Reaction[],
  naming: Segment[],
  seen: { impact: Impact; canOpen: boolean },
): ReactionModel[] {
  const { entering, leaving } = seen.impact;
  const difference = `is told of ${formatNumber(entering.count)} more and ${formatNumber(leaving.count)} fewer with its next push`;
  return [
    ...reactions.map((one) => {
      if (one.kind === 'campaign')
        return {
          href: `/messages/${one.id}`,
          label: `Campaign “${one.name}” (${one.status})`,
          acts:
            one.status === 'draft'
              ? 'writes to whoever is in when it is started'
              : 'goes on with its audience',
          quietly: 'the same: who is written to is decided at its start',
        };
      return {
        href: seen.canOpen ? `/destinations/${one.id}` : null,
        label: `Destination “${one.name}”`,
        acts: one.status === 'active' ? difference : `${difference}, once it is active again`,
        quietly: 'is told nothing: it stays as it is until these people next come or go',
      };
    }),
    ...naming.map((one) => ({
      href: `/segments/${encodeURIComponent(one.key)}`,
      label: `Segment “${one.name}”`,
      acts: 'names this one, and moves with it',
      quietly: 'moves too; what goes by that segment does react',
    })),
  ];
}

/** Each difference as one line: what it is, and in which words. */
export function differenceLines(difference: Difference | null): { kind: string; words: string }[] {
  if (!difference) return [{ kind: 'Changed', words: 'one of the two rules can no longer be read' }];
  return [
    ...difference.added.map((words) => ({ kind: 'Added', words })),
    ...difference.removed.map((words) => ({ kind: 'Removed', words })),
    ...difference.changed.map(({ from, to }) => ({ kind: 'Changed', words: `${from} → ${to}` })),
  ];
}
