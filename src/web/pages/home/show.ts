import { now } from '../../../base/clock.ts';
import type { Config } from '../../../base/config.ts';
import { type Workspace, withWorkspace } from '../../../db/doors.ts';
import { listOpenDrifts } from '../../../flow/collect/reconciliations.sql.ts';
import { listScanTroubles } from '../../../flow/collect/scan-sightings.sql.ts';
import { listAlarms } from '../../../flow/segment/checks.sql.ts';
import { countBrokenPins } from '../../../flow/segment/pins.sql.ts';
import { readSendingSettings } from '../../../flow/send/settings.ts';
import { type Acquisition, readAcquisition } from '../../../reports/acquisition.ts';
import { readSegmentGrowth } from '../../../reports/growth.sql.ts';
import { readFirstSteps, readSourceHealth } from '../../../reports/health.sql.ts';
import { type Kpi, readKpis } from '../../../reports/kpis.ts';
import { lastDays } from '../../../reports/periods.ts';
import { formatDateTime } from '../../models/format.ts';
import {
  brokenPinsModel,
  channelModel,
  checklistModel,
  growthModel,
  healthModel,
  statModel,
} from '../../models/home.ts';
import { driftModels, scanModels } from '../../models/reconciliation.ts';
import { alarmModels } from '../../models/segment-check.ts';
import { page } from '../../page.ts';
import { workedOut } from '../../worked-out.ts';

const DAYS = 30;

/** What changed, what failed, and the figures of the last thirty days beside the thirty before. */
export const showHome = page({
  handle: async (request) => {
    const { value: figures, asOf } = await readFigures(request, {});
    return await withWorkspace(request.web, request.workspace.id, async (scope) => {
      const at = now();
      const { workspace } = scope;
      const period = lastDays(workspace.timezone, at, DAYS);
      const { kpis, acquisition } = figures ?? NOT_YET;
      const steps = await readFirstSteps(scope.db, workspace.id);
      const health = await readSourceHealth(scope.db, workspace.id);
      const canAdminister = request.user.role === 'admin';
      return {
        view: 'home/index',
        title: 'Home',
        model: {
          asOf: formatDateTime(asOf, workspace.timezone),
          isWorking: figures === null,
          days: DAYS,
          isEmpty: !steps.hasPeople,
          isDemo: workspace.isDemo,
          canAdminister,
          canEdit: request.user.role !== 'viewer',
          stats: kpis.map((kpi) => statModel(kpi, workspace.currency, DAYS)),
          growth: growthModel(
            await readSegmentGrowth(scope.db, { workspaceId: workspace.id, since: period.from }),
          ),
          health: healthModel(health, at, canAdminister),
          failures: [
            ...healthModel(health, at, canAdminister).filter((source) => source.state === 'bad'),
            ...driftModels(await listOpenDrifts(scope.db, workspace.id), canAdminister),
            ...scanModels(await listScanTroubles(scope.db, workspace.id), canAdminister),
            ...brokenPinsModel(await countBrokenPins(scope.db, workspace.id)),
            ...alarmModels(await listAlarms(scope.db, workspace.id), workspace.timezone),
          ],
          channels: channelModel(acquisition.channels.slice(0, 8), workspace.currency),
          leftOut: acquisition.leftOut,
          checklist: checklistModel(
            { ...steps, hasSender: hasSender(workspace, request.config) },
            request.user.role,
          ),
        },
      };
    });
  },
});

const readFigures = workedOut(async (scope) => {
  const period = lastDays(scope.workspace.timezone, now(), DAYS);
  return { kpis: await readKpis(scope, period), acquisition: await readAcquisition(scope, period) };
});

const NOT_YET: { kpis: Kpi[]; acquisition: Acquisition } = {
  kpis: [],
  acquisition: { channels: [], leftOut: [] },
};

/** Whether a campaign could start: someone it comes from, and a postal address to show. */
function hasSender(workspace: Workspace, config: Config): boolean {
  const { fromEmail, postalAddress } = readSendingSettings(workspace, config);
  return fromEmail !== '' && postalAddress !== '';
}
