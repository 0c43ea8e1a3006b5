import { DateTime } from 'luxon';
import type { FoundBy } from '../../reports/discovery.sql.ts';
import type { Discovery } from '../../reports/discovery.ts';
import { barChart, lineChart } from './charts.ts';
import { formatNumber, plural } from './format.ts';

const FLAG_WORDS: Record<string, string> = {
  thresholded: 'held back small figures',
  sampled: 'counted a sample only',
  otherRow: 'folded rows into “(other)”',
};

export function discoveryModel(discovery: Discovery) {
  const { searches, channels } = discovery;
  return {
    clicks: searches === null ? null : clicksChart(searches),
    total: searches === null ? '' : totalOf(searches),
    queries: discovery.queries.map(foundModel),
    pages: discovery.pages.map(foundModel),
    channels:
      channels.length === 0
        ? null
        : barChart({
            title: 'Sessions by channel',
            unit: 'Sessions',
            bars: channels.map(({ channel, sessions }) => ({
              label: channel || '(not set)',
              value: sessions,
            })),
            format: formatNumber,
          }),
    flags: Object.entries(discovery.flaggedDays).map(
      ([flag, days]) => `On ${plural(days, 'day')} Google ${FLAG_WORDS[flag] ?? flag}.`,
    ),
  };
}

function clicksChart(searches: NonNullable<Discovery['searches']>) {
  return lineChart({
    title: 'Clicks from Google Search',
    labels: searches.map(({ day }) => DateTime.fromISO(day).toFormat('d LLL')),
    series: [{ name: 'Clicks', values: searches.map(({ clicks }) => clicks) }],
    format: formatNumber,
    width: 560,
    height: 220,
  });
}

function totalOf(searches: NonNullable<Discovery['searches']>): string {
  const clicks = searches.reduce((sum, day) => sum + day.clicks, 0);
  const impressions = searches.reduce((sum, day) => sum + day.impressions, 0);
  return `${plural(clicks, 'click')}, shown ${formatNumber(impressions)} times. Google counts the last two or three days later.`;
}

function foundModel({ name, clicks, impressions, position }: FoundBy) {
  return {
    name,
    clicks: formatNumber(clicks),
    impressions: formatNumber(impressions),
    position: position.toFixed(1),
  };
}
