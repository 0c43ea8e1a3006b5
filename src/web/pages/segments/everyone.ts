import type { Workspace } from '../../../db/doors.ts';
import { countPeople } from '../../../reports/activity.sql.ts';
import { sumRevenue, sumSegmentRevenue } from '../../../reports/segments.sql.ts';
import { formatDateTime, formatMoney, formatPercent } from '../../models/format.ts';
import { type Asker, type WorkedOut, workedOut } from '../../worked-out.ts';

/** What a segment is compared with: how many people there are, and its money against all money. */
export type Everyone = { people: number; revenue: string; all: string };

/** Of the whole business: counted once for all its segments. */
export const countEveryone = workedOut(async ({ db, workspace }) => ({
  people: await countPeople(db, workspace.id),
  revenue: await sumRevenue(db, workspace.id),
}));

const sumOfMembers = workedOut(
  async ({ db, workspace }, { key }: { key: string }) =>
    await sumSegmentRevenue(db, { workspaceId: workspace.id, key }),
);

/** As of the older of the two. */
export async function compareWithEveryone(request: Asker, key: string): Promise<WorkedOut<Everyone>> {
  const [all, own] = await Promise.all([countEveryone(request, {}), sumOfMembers(request, { key })]);
  const asOf = all.asOf < own.asOf ? all.asOf : own.asOf;
  if (all.value === null || own.value === null) return { value: null, asOf };
  return { value: { people: all.value.people, revenue: own.value, all: all.value.revenue }, asOf };
}

export function moneyWords({ value, asOf }: WorkedOut<Everyone>, { currency, timezone }: Workspace) {
  if (!value) return { revenue: '…', revenueShare: 'Being worked out: look again in a few seconds.' };
  const { revenue, all } = value;
  const share = Number(all) > 0 ? `${formatPercent(Number(revenue) / Number(all))} of all, as` : 'As';
  return {
    revenue: formatMoney(revenue, currency),
    revenueShare: `${share} of ${formatDateTime(asOf, timezone)}`,
  };
}
