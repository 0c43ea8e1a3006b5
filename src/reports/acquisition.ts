import type { Scope } from '../db/doors.ts';
import { sumAcquiredByChannel, sumSpendByChannel } from './acquisition.sql.ts';
import type { Period } from './periods.ts';

/** What a channel cost in a period and whom it brought: people by their first touch, and what they bought since. */
export type ChannelRow = {
  channel: string;
  cost: number;
  clicks: number;
  people: number;
  buyers: number;
  revenue: number;
  /** null: nothing was spent, or nobody bought. */
  costPerCustomer: number | null;
  returnOnSpend: number | null;
};

export type Acquisition = {
  channels: ChannelRow[];
  /** Spend in other currencies than the workspace's: left out above, and counted here. */
  leftOut: { currency: string; cost: string }[];
};

export async function readAcquisition({ db, workspace }: Scope, period: Period): Promise<Acquisition> {
  const span = {
    workspaceId: workspace.id,
    from: period.from,
    to: period.to,
    fromDay: period.dates[0]!,
    toDay: period.dates.at(-1)!,
  };
  const spend = await sumSpendByChannel(db, span);
  const people = await sumAcquiredByChannel(db, span);
  const counted = spend.filter((row) => row.currency === workspace.currency);
  const names = new Set([
    ...counted.map((row) => row.channel),
    ...people.map((row) => row.channel ?? 'unknown'),
  ]);
  const channels = [...names].map((name) =>
    channelRow(
      name,
      counted.find((row) => row.channel === name),
      people.find((row) => (row.channel ?? 'unknown') === name),
    ),
  );
  return {
    channels: channels.sort((a, b) => b.cost - a.cost || b.people - a.people),
    leftOut: spend.filter((row) => row.currency !== workspace.currency),
  };
}

function channelRow(
  channel: string,
  spend: { cost: string; clicks: number } | undefined,
  people: { people: number; buyers: number; revenue: string } | undefined,
): ChannelRow {
  const cost = Number(spend?.cost ?? 0);
  const buyers = people?.buyers ?? 0;
  const revenue = Number(people?.revenue ?? 0);
  return {
    channel,
    cost,
    clicks: spend?.clicks ?? 0,
    people: people?.people ?? 0,
    buyers,
    revenue,
    costPerCustomer: cost > 0 && buyers > 0 ? cost / buyers : null,
    returnOnSpend: cost > 0 ? revenue / cost : null,
  };
}
