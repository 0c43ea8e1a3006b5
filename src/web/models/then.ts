import type { Followed, FollowedPerson } from '../../reports/segment-then.sql.ts';
import { type BarChart, barChart } from './charts.ts';
import { formatMoney, formatNumber, formatPercent } from './format.ts';
import { type Eyes, nameOf, unveilAddress } from './people.ts';

/** What people did in a stretch, the segment beside everyone else: a row a question. */
export function followedModel({ cohort, others }: { cohort: Followed; others: Followed }, eyes: Eyes) {
  const share = (part: number, whole: Followed) =>
    whole.people === 0 ? '–' : formatPercent(part / whole.people);
  const each = (whole: Followed) =>
    whole.people === 0 ? '–' : formatMoney(Number(whole.net) / whole.people, eyes.currency);
  const row = (label: string, of: (one: Followed) => string) => ({
    label,
    cohort: of(cohort),
    others: of(others),
  });
  return [
    row('People', ({ people }) => formatNumber(people)),
    row('Ordered', (one) => `${formatNumber(one.buyers)} (${share(one.buyers, one)})`),
    row('Orders', ({ orders }) => formatNumber(orders)),
    row('Net revenue', ({ net }) => formatMoney(net, eyes.currency)),
    row('Net revenue each', each),
    row(
      'Took back a consent to e-mail',
      (one) => `${formatNumber(one.unsubscribed)} (${share(one.unsubscribed, one)})`,
    ),
    {
      label: 'Left the segment',
      cohort: `${formatNumber(cohort.left)} (${share(cohort.left, cohort)})`,
      others: '–',
    },
    {
      label: 'In it now',
      cohort: `${formatNumber(cohort.inNow)} (${share(cohort.inNow, cohort)})`,
      others: formatNumber(others.inNow),
    },
  ];
}

/** Two bars: the share that ordered, of the segment and of everyone else. */
export function orderedChart(
  { cohort, others }: { cohort: Followed; others: Followed },
  days: number,
): BarChart | null {
  if (cohort.people === 0 || others.people === 0) return null;
  return barChart({
    title: `Share that ordered within ${days} days`,
    unit: 'Share',
    bars: [
      { label: 'In the segment then', value: cohort.buyers / cohort.people },
      { label: 'Everyone else', value: others.buyers / others.people },
    ],
    format: formatPercent,
  });
}

export function followedRow(one: FollowedPerson, eyes: Eyes) {
  return {
    href: `/people/${one.profileId}`,
    name: nameOf(one, eyes),
    email: one.email ? unveilAddress(one.email, eyes) : '–',
    orders: formatNumber(one.orders),
    net: formatMoney(one.net, eyes.currency),
    consent: one.isUnsubscribed ? 'took consent back' : '–',
    now: one.isInNow ? 'in' : 'not in',
  };
}
