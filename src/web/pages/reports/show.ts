import { DateTime } from 'luxon';
import { z } from 'zod';
import { now } from '../../../base/clock.ts';
import { sumSpendByCampaign } from '../../../reports/acquisition.sql.ts';
import { readAcquisition } from '../../../reports/acquisition.ts';
import { readDiscovery } from '../../../reports/discovery.ts';
import { type Kpi, readKpis } from '../../../reports/kpis.ts';
import { lastDays } from '../../../reports/periods.ts';
import { lineChart } from '../../models/charts.ts';
import { discoveryModel } from '../../models/discovery.ts';
import { formatDateTime } from '../../models/format.ts';
import { campaignSpendModel, channelModel, formatter, statModel } from '../../models/home.ts';
import { page } from '../../page.ts';
import { workedOut } from '../../worked-out.ts';
import { beingWorkedOut } from '../working.ts';

const PERIODS = ['30', '90', '365'] as const;

const query = z.strictObject({ days: z.enum(PERIODS).default('30') });

/** The figures of a period as charts, and what each channel and campaign cost and brought. */
export const showReports = page({
  query,
  handle: async (request) => {
    const { workspace } = request;
    const days = Number(request.query.days);
    const { value, asOf } = await figuresOf(request, { days });
    if (!value) return beingWorkedOut(request, { title: 'Reports' });
    const { period, kpis, acquisition, discovery, campaigns } = value;
    return {
      view: 'reports/index',
      title: 'Reports',
      model: {
        asOf: formatDateTime(asOf, workspace.timezone),
        days,
        periods: PERIODS.map((one) => ({
          label: `${one} days`,
          href: `/reports?days=${one}`,
          isCurrent: one === request.query.days,
        })),
        stats: kpis.map((kpi) => statModel(kpi, workspace.currency, days)),
        charts: kpis
          .filter((kpi) => kpi.days.length > 0 && kpi.unit !== 'percent')
          .map((kpi) => chartOf(kpi, period.dates, workspace.currency)),
        discovery: discovery && discoveryModel(discovery),
        channels: channelModel(acquisition.channels, workspace.currency),
        leftOut: acquisition.leftOut,
        campaigns: campaignSpendModel(campaigns),
      },
    };
  },
});

const figuresOf = workedOut(async (scope, { days }: { days: number }) => {
  const { db, workspace } = scope;
  const period = lastDays(workspace.timezone, now(), days);
  const span = {
    workspaceId: workspace.id,
    from: period.from,
    to: period.to,
    fromDay: period.dates[0]!,
    toDay: period.dates.at(-1)!,
  };
  return {
    period,
    kpis: await readKpis(scope, period),
    acquisition: await readAcquisition(scope, period),
    discovery: await readDiscovery(scope, period),
    campaigns: await sumSpendByCampaign(db, span),
  };
});

function chartOf(kpi: Kpi, dates: string[], currency: string) {
  const before =
    kpi.previousDays.length === kpi.days.length ? [{ name: 'Period before', values: kpi.previousDays }] : [];
  return lineChart({
    title: kpi.title,
    labels: dates.map(shortDate),
    series: [{ name: 'This period', values: kpi.days }, ...before],
    format: formatter(kpi.unit, currency),
    width: 560,
    height: 200,
  });
}

/** `2026-11-03` as `3 Nov`; the year is in the period chosen. */
function shortDate(day: string): string {
  return DateTime.fromISO(day).toFormat('d LLL');
}
