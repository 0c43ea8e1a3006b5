import type { Vendor } from '../../src/demo/vendors/wire.ts';
import { type GoogleServer, googleFault, startGoogle } from './google.ts';
import { loadSpec } from './spec.ts';

export type SessionRow = {
  day: string;
  channel: string;
  source: string;
  medium: string;
  sessions: number;
  users: number;
};
export type Property = { id: string; zone: string; rows: SessionRow[]; metadata: Record<string, unknown> };
export type AnalyticsServer = GoogleServer & {
  property: Property;
  settings: { serviceAccountKey: string; propertyId: string; url: string };
};

const CHANNELS = [
  ['Organic Search', 'google', 'organic'],
  ['Direct', '(direct)', '(none)'],
  ['Email', 'newsletter', 'email'],
] as const;

/** A property with three channels on each of `days` days up to 20 November 2026. */
export async function startAnalyticsServer(options: { days?: number } = {}): Promise<AnalyticsServer> {
  const { days = 40 } = options;
  const property: Property = {
    id: '424242',
    zone: 'Europe/Berlin',
    rows: Array.from({ length: days }, (_, back) => dayBack(back)).flatMap((day) =>
      CHANNELS.map(([channel, source, medium], at) => ({
        day,
        channel,
        source,
        medium,
        sessions: 100 - at * 30,
        users: 80 - at * 25,
      })),
    ),
    metadata: {},
  };
  const server = await startGoogle(analytics(property), {
    scope: 'https://www.googleapis.com/auth/analytics.readonly',
    spec: await loadSpec('google-analytics.json'),
  });
  const { serviceAccountKey, url } = server;
  return { ...server, property, settings: { serviceAccountKey, propertyId: property.id, url } };
}

type Asked = {
  dateRanges: { startDate: string; endDate: string }[];
  dimensions: { name: string }[];
  limit: string;
  offset: string;
};

/** runReport over one range of days; without rows the list is absent. */
function analytics(property: Property): Vendor {
  return ({ path, body }) => {
    if (path !== `/v1beta/properties/${property.id}:runReport`)
      return googleFault(
        403,
        'PERMISSION_DENIED',
        'User does not have sufficient permissions for this property.',
      );
    const asked: Asked = JSON.parse(body);
    const [{ startDate = '', endDate = '' } = {}] = asked.dateRanges;
    const found = property.rows.filter(({ day }) => day >= startDate && day <= endDate);
    const isByDay = asked.dimensions[0]?.name === 'date';
    const all = isByDay ? sumByDay(found) : found.map(toRow);
    const rows = all.slice(Number(asked.offset), Number(asked.offset) + Number(asked.limit));
    const metadata = { timeZone: property.zone, currencyCode: 'EUR', ...property.metadata };
    return { status: 200, json: { ...(rows.length > 0 ? { rows } : {}), rowCount: all.length, metadata } };
  };
}

function sumByDay(rows: SessionRow[]): object[] {
  return [...Map.groupBy(rows, ({ day }) => day)].map(([day, ofDay]) => ({
    dimensionValues: [{ value: day.replaceAll('-', '') }],
    metricValues: [{ value: String(ofDay.reduce((sum, row) => sum + row.sessions, 0)) }],
  }));
}

function toRow({ channel, source, medium, sessions, users }: SessionRow): object {
  return {
    dimensionValues: [channel, source, medium].map((value) => ({ value })),
    metricValues: [sessions, users].map((value) => ({ value: String(value) })),
  };
}

function dayBack(back: number): string {
  return new Date(Date.parse('2026-11-20') - back * 86_400_000).toISOString().slice(0, 10);
}
