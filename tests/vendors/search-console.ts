import type { Vendor, VendorAnswer } from '../../src/demo/vendors/wire.ts';
import { type GoogleServer, googleFault, startGoogle } from './google.ts';
import { loadSpec } from './spec.ts';

/** Clicks of a query on a day; what is `rare` counts in totals only. */
export type Search = {
  day: string;
  query: string;
  page: string;
  clicks: number;
  impressions: number;
  rare?: boolean;
};
export type SearchSite = { url: string; lastFinalDay: string; searches: Search[] };
export type SearchServer = GoogleServer & {
  site: SearchSite;
  settings: { serviceAccountKey: string; site: string; rowsPerDay: number; url: string };
};

/** A domain with three queries, one of them withheld, on each of `days` days up to 19 November 2026. */
export async function startSearchServer(
  options: { days?: number; rowsPerDay?: number } = {},
): Promise<SearchServer> {
  const { days = 20, rowsPerDay = 100 } = options;
  const site: SearchSite = {
    url: 'sc-domain:ada-tea.example',
    lastFinalDay: '2026-11-17',
    searches: Array.from({ length: days }, (_, back) => dayBack(back)).flatMap(searchesOf),
  };
  const server = await startGoogle(searchConsole(site), {
    scope: 'https://www.googleapis.com/auth/webmasters.readonly',
    spec: await loadSpec('search-console.json'),
  });
  const { serviceAccountKey, url } = server;
  return { ...server, site, settings: { serviceAccountKey, site: site.url, rowsPerDay, url } };
}

export function dayBack(back: number): string {
  return new Date(Date.parse('2026-11-19') - back * 86_400_000).toISOString().slice(0, 10);
}

function searchesOf(day: string): Search[] {
  const page = 'https://ada-tea.example/';
  return [
    { day, query: 'green tea', page: `${page}green`, clicks: 10, impressions: 200 },
    { day, query: 'loose tea', page, clicks: 4, impressions: 100 },
    { day, query: 'what tea for my aunt', page, clicks: 1, impressions: 3, rare: true },
  ];
}

type Asked = {
  startDate: string;
  endDate: string;
  dimensions: string[];
  rowLimit: number;
  startRow: number;
  dataState: string;
};

function searchConsole(site: SearchSite): Vendor {
  return ({ path, body }) => {
    if (path === '/webmasters/v3/sites')
      return {
        status: 200,
        json: { siteEntry: [{ siteUrl: site.url, permissionLevel: 'siteRestrictedUser' }] },
      };
    if (path !== `/webmasters/v3/sites/${encodeURIComponent(site.url)}/searchAnalytics/query`)
      return googleFault(403, 'PERMISSION_DENIED', 'User does not have sufficient permission for site.');
    return query(site, JSON.parse(body));
  };
}

/** Most clicks first, days in order; nothing of a day that is not final; `rows` is absent where there are none. */
function query(site: SearchSite, asked: Asked): VendorAnswer {
  const isTotal = asked.dimensions.length === 1;
  const last = asked.dataState === 'final' ? site.lastFinalDay : '9999';
  const counted = site.searches.filter(
    ({ day, rare }) => day >= asked.startDate && day <= asked.endDate && day <= last && (isTotal || !rare),
  );
  const keysOf = (search: Search) =>
    asked.dimensions.map((name) =>
      name === 'date' ? search.day : name === 'query' ? search.query : search.page,
    );
  const all = [...Map.groupBy(counted, (search) => JSON.stringify(keysOf(search)))]
    .map(([keys, group]) => rowOf(JSON.parse(keys), group))
    .sort((a, b) => (isTotal ? a.keys[0]!.localeCompare(b.keys[0]!) : b.clicks - a.clicks));
  const rows = all.slice(asked.startRow, asked.startRow + asked.rowLimit);
  return { status: 200, json: { ...(rows.length > 0 ? { rows } : {}), responseAggregationType: 'byPage' } };
}

function rowOf(keys: string[], group: Search[]) {
  const clicks = group.reduce((sum, one) => sum + one.clicks, 0);
  const impressions = group.reduce((sum, one) => sum + one.impressions, 0);
  return { keys, clicks, impressions, ctr: clicks / impressions, position: 3.25 };
}
