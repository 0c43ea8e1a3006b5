import type { Scope } from '../db/doors.ts';
import {
  type ChannelSessions,
  countFlaggedDays,
  type FoundBy,
  findTopSearches,
  type SearchDay,
  sumSearchesByDay,
  sumSessionsByChannel,
} from './discovery.sql.ts';
import type { Period } from './periods.ts';

/** How people find the site by themselves: in search, and by the channel they came through. */
export type Discovery = {
  /** One a day of the period up to the last that Google has counted; null where no search figures are known. */
  searches: SearchDay[] | null;
  queries: FoundBy[];
  pages: FoundBy[];
  channels: ChannelSessions[];
  /** Days whose sessions are not whole, by why. */
  flaggedDays: Record<string, number>;
};

const SHOWN = 10;

/** Null where neither is connected, or nothing is known of the period. */
export async function readDiscovery({ db, workspace }: Scope, period: Period): Promise<Discovery | null> {
  const span = { workspaceId: workspace.id, fromDay: period.dates[0]!, toDay: period.dates.at(-1)! };
  const days = await sumSearchesByDay(db, span);
  const channels = await sumSessionsByChannel(db, span);
  if (days.length === 0 && channels.length === 0) return null;
  const byDay = new Map(days.map((one) => [one.day, one]));
  const last =
    days
      .map(({ day }) => day)
      .sort()
      .at(-1) ?? '';
  const counted = period.dates.filter((day) => day <= last);
  return {
    searches:
      days.length === 0 ? null : counted.map((day) => byDay.get(day) ?? { day, clicks: 0, impressions: 0 }),
    queries: days.length === 0 ? [] : await findTopSearches(db, span, { by: 'query', limit: SHOWN }),
    pages: days.length === 0 ? [] : await findTopSearches(db, span, { by: 'page', limit: SHOWN }),
    channels,
    flaggedDays: channels.length === 0 ? {} : await countFlaggedDays(db, span),
  };
}
