import { RFM_GROUPS } from '../../flow/score/rfm.ts';
import type { Scoring } from '../../flow/score/scoring.ts';
import { formatDate, formatDateTime, formatMoney, plural } from './format.ts';
import type { Eyes } from './people.ts';
import { cutRows } from './rfm-map.ts';

/** What RFM knows of one person. */
export type Scores = {
  r: number | null;
  f: number | null;
  m: number | null;
  lastOrderAt: Date | null;
  orders: number;
  netRevenue: string;
};

type Cut = ReturnType<typeof cutRows>[number];

/** The three scores of a person, what they come from and, for a group, where it begins. */
export function scoresModel(scores: Scores, scoring: Scoring, { key, eyes }: { key: string; eyes: Eyes }) {
  if (!scoring.cutPoints) return null;
  const cuts = cutRows(scoring.cutPoints, { at: scoring.asOf, currency: eyes.currency });
  const group = RFM_GROUPS.find((one) => `rfm-${one.key}` === key);
  const line = (label: string, has: string, score: number | null, of: (cut: Cut) => string) => ({
    label,
    has,
    score: score === null ? 'none' : `${score} of 5`,
    means: cuts.filter((cut) => cut.score === String(score)).map(of)[0] ?? '–',
  });
  const rows = [
    {
      ...line(
        'Recency: last order',
        formatDate(scores.lastOrderAt, eyes.timezone),
        scores.r,
        (c) => c.recency,
      ),
      needs: group && needsOf(group.r, cuts, (cut) => cut.recency),
    },
    {
      ...line('Frequency', plural(scores.orders, 'order'), scores.f, (cut) => cut.frequency),
      needs: group && needsOf(group.f, cuts, (cut) => cut.frequency),
    },
    {
      ...line('Money: net revenue', formatMoney(scores.netRevenue, eyes.currency), scores.m, (c) => c.money),
      needs: group && needsOf(group.m, cuts, (cut) => cut.money),
    },
  ];
  return { rows, group: group?.name ?? null, asOf: formatDateTime(scoring.asOf, eyes.timezone) };
}

/** "4: up to 80 days; 5: up to 20 days ago" */
function needsOf([from, to]: [number, number], cuts: Cut[], of: (cut: Cut) => string): string {
  if (from === 1 && to === 5) return 'any';
  return cuts
    .filter(({ score }) => Number(score) >= from && Number(score) <= to)
    .toReversed()
    .map((cut) => `${cut.score}: ${of(cut)}`)
    .join('; ');
}
