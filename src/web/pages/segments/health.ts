import { now } from '../../../base/clock.ts';
import type { Scope } from '../../../db/doors.ts';
import type { Db } from '../../../db/pool.ts';
import { listAlarms } from '../../../flow/segment/checks.sql.ts';
import { listInsightLines } from '../../../flow/segment/insights.ts';
import { countBrokenPins } from '../../../flow/segment/pins.sql.ts';
import type { Segment } from '../../../flow/segment/segments.ts';
import type { SegmentUse } from '../../../reports/segment-uses.sql.ts';
import { listSegmentsBySize } from '../../../reports/segments.sql.ts';
import { plural } from '../../models/format.ts';
import { brokenPinsModel } from '../../models/home.ts';
import { alarmModels } from '../../models/segment-check.ts';
import { ailmentsOf } from '../../models/segment-health.ts';

const USE_LABELS: Record<SegmentUse['kind'], (name: string) => string> = {
  campaign: (name) => `Campaign: ${name}`,
  destination: (name) => `Destination: ${name}`,
  segment: (name) => `Segment: ${name}`,
  pins: (count) => `${plural(Number(count), 'pinned person', 'pinned people')}`,
};

/** `canOpen`: viewers are told of a destination, but its page is not theirs. */
export function useLink({ kind, id, name }: SegmentUse, canOpen: boolean) {
  const hrefs: Record<SegmentUse['kind'], string | null> = {
    campaign: `/messages/${id}`,
    destination: canOpen ? `/destinations/${id}` : null,
    segment: `/segments/${encodeURIComponent(id)}`,
    pins: null,
  };
  return { href: hrefs[kind], label: USE_LABELS[kind](name) };
}

/** What is wrong with it but for what stands above the page already. */
export async function listAilments(db: Db, segment: Segment, isUsed: boolean) {
  const all = await listSegmentsBySize(db, segment.workspaceId);
  const lines = await listInsightLines(db, segment.workspaceId);
  const names = new Map(all.filter((one) => one.isEnabled).map((one) => [one.key, one.name]));
  const known = { at: now(), names, line: lines.get(segment.key), isUsed };
  return ailmentsOf({ ...segment, status: 'ready' }, known);
}

/** What stands above everything else on its page: examples that do not hold, and what the check of the night found. */
export async function listWarnings({ db, workspace }: Scope, key: string) {
  const pins = (await countBrokenPins(db, workspace.id)).filter((one) => one.key === key);
  const alarms = (await listAlarms(db, workspace.id)).filter((one) => one.key === key);
  return { brokenPins: brokenPinsModel(pins), alarms: alarmModels(alarms, workspace.timezone) };
}
