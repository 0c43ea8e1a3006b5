import { z } from 'zod';
import { toDecimal } from '../../base/decimal.ts';
import { ConnectorError } from '../../base/errors.ts';
import { type Context, defineConnector, type Item, type MappedRecord } from '../contract.ts';
import { readPayload } from '../reading/answers.ts';
import { addDays, dayIn } from '../reading/days.ts';
import { listSites, querySearch } from './client.ts';
import { guide } from './guide.ts';
import { pagesStream, queriesStream, totalsStream } from './searches.ts';
import { type SearchConsoleSettings, settings } from './settings.ts';

type Ctx = Context<SearchConsoleSettings>;

const FIGURES = ['clicks', 'impressions', 'position'] as const;
const CHECKED_DAYS = 28;

export default defineConnector<SearchConsoleSettings>({
  key: 'search-console',
  name: 'Search Console',
  category: 'web',
  summary: 'How the site is found in Google Search: clicks, impressions and position by day, query and page.',
  guide,
  settings,
  streams: [totalsStream, queriesStream, pagesStream],
  uncompared:
    'These are Google’s own totals by day. Rare queries are withheld by Google, so queries add up to less than the totals.',
  map,
  check,
});

const day = z.object({
  day: z.iso.date(),
  rows: z.array(
    z.object({ key: z.string(), clicks: z.number(), impressions: z.number(), position: z.number() }),
  ),
});

/** Figures that name nobody: they feed reports and make no people. */
function map(item: Item): MappedRecord[] {
  const given = readPayload(item.payload, day);
  return given.rows.flatMap((row, at) =>
    FIGURES.map((figure) => ({
      type: 'metric' as const,
      key: `${figure}:${at}`,
      day: given.day,
      name: `search_${figure}`,
      dimensions: dimensionsOf(item.stream, row.key),
      value: toDecimal(row[figure]) ?? '0',
    })),
  );
}

function dimensionsOf(stream: string, key: string): Record<string, string> {
  if (stream === 'queries') return { by: 'query', query: key };
  return stream === 'pages' ? { by: 'page', page: key } : { by: 'day' };
}

/** The property must be among those the service account may read; Google spells it its own way. */
async function check(ctx: Ctx): Promise<string> {
  const sites = await listSites(ctx);
  if (!sites.includes(ctx.settings.site)) {
    const found = sites.length > 0 ? `it may read ${sites.slice(0, 5).join(', ')}` : 'it may read none';
    throw new ConnectorError(`The service account may not read ${ctx.settings.site}; ${found}.`, {
      retryable: false,
      needsReconnect: true,
    });
  }
  const until = addDays(dayIn(ctx.clock(), 'UTC'), -1);
  const since = addDays(until, 1 - CHECKED_DAYS);
  const rows = await querySearch(ctx, { since, until, dimensions: ['date'], most: CHECKED_DAYS });
  const clicks = rows.reduce((sum, row) => sum + row.clicks, 0);
  return `${ctx.settings.site}, ${clicks.toLocaleString('en')} clicks in the last ${CHECKED_DAYS} days`;
}
