import { countPeople } from '../../../reports/activity.sql.ts';
import { type SegmentMoney, sumSegmentRevenue } from '../../../reports/segments.sql.ts';
import { formatMoney, formatPercent } from '../../models/format.ts';
import { workedOut } from '../../worked-out.ts';

/** What a segment is compared with: how many people there are, and its money against all money. */
export type Everyone = { people: number; money: SegmentMoney };

export const compareWithEveryone = workedOut(
  async ({ db, workspace }, { key }: { key: string }): Promise<Everyone> => ({
    people: await countPeople(db, workspace.id),
    money: await sumSegmentRevenue(db, { workspaceId: workspace.id, key }),
  }),
);

/** `everyone`: null while that is being worked out. */
export function moneyWords(everyone: Everyone | null, currency: string) {
  if (!everyone) return { revenue: '…', revenueShare: 'Being worked out: look again in a few seconds.' };
  const { revenue, all } = everyone.money;
  return {
    revenue: formatMoney(revenue, currency),
    revenueShare: Number(all) > 0 ? `${formatPercent(Number(revenue) / Number(all))} of all` : '',
  };
}
