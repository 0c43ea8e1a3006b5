import { now } from '../../../base/clock.ts';
import { findConnector } from '../../../connectors/registry.ts';
import type { Scope } from '../../../db/doors.ts';
import { listOpenDrifts } from '../../../flow/collect/reconciliations.sql.ts';
import {
  countDailyRows,
  countQuarantine,
  countQuarantines,
  findLastRuns,
  listSourceRuns,
  listStreamRows,
} from '../../../flow/collect/source-overview.sql.ts';
import { getSource, listSources, type Source } from '../../../flow/collect/sources.ts';
import { type SourceFacts, SPARK_DAYS } from '../../models/sources.ts';

const DAY_MS = 24 * 60 * 60_000;

/** What the pages say of every source, in six questions whatever their number. */
export async function readSources({ db, workspace }: Scope): Promise<SourceFacts[]> {
  const sources = (await listSources(db, workspace.id)).filter(bringsSomething);
  const runs = await findLastRuns(db, workspace.id);
  const streams = await listStreamRows(db, workspace.id);
  const drifts = await listOpenDrifts(db, workspace.id);
  const setAside = await countQuarantines(db, workspace.id);
  const days = await countDailyRows(db, workspace, new Date(now().getTime() - SPARK_DAYS * DAY_MS));
  return sources.map((source) => ({
    source,
    connector: findConnector(source.connector),
    streams: streams.filter((stream) => stream.sourceId === source.id),
    lastRun: runs.find((run) => run.sourceId === source.id) ?? null,
    days: days.filter((day) => day.sourceId === source.id),
    setAside: setAside.get(source.id) ?? 0,
    drifts: drifts.filter((drift) => drift.sourceId === source.id).length,
  }));
}

/** An account that only takes segments is shown with its destination. */
function bringsSomething({ connector: key }: Source): boolean {
  const connector = findConnector(key);
  const isTaking = connector?.push !== undefined;
  return !isTaking || connector.streams.length > 0 || connector.hooks !== undefined;
}

/** The same of one; throws NotFound. */
export async function readSource(scope: Scope, id: string): Promise<SourceFacts> {
  const { db, workspace } = scope;
  const source = await getSource(db, workspace.id, id);
  const streams = await listStreamRows(db, workspace.id);
  const [lastRun] = await listSourceRuns(db, source, { limit: 1 });
  return {
    source,
    connector: findConnector(source.connector),
    streams: streams.filter((stream) => stream.sourceId === source.id),
    lastRun: lastRun ?? null,
    days: [],
    setAside: await countQuarantine(db, source),
    drifts: (await listOpenDrifts(db, workspace.id)).filter((drift) => drift.sourceId === source.id).length,
  };
}

/** The parts of a source's page. */
export function tabsOf(
  source: Source,
  current: 'overview' | 'fields' | 'quarantine' | 'reconciliation' | 'settings',
  setAside: number,
) {
  const base = `/sources/${source.id}`;
  const hasFields = findConnector(source.connector)?.hasFieldMapping === true;
  const isCounted = isComparable(source);
  return [
    { label: 'Overview', href: base, isCurrent: current === 'overview' },
    ...(hasFields ? [{ label: 'Fields', href: `${base}/mapping`, isCurrent: current === 'fields' }] : []),
    {
      label: 'Quarantine',
      href: `${base}/quarantine`,
      isCurrent: current === 'quarantine',
      ...(setAside > 0 ? { count: setAside } : {}),
    },
    ...(isCounted
      ? [{ label: 'Reconciliation', href: `${base}/reconciliation`, isCurrent: current === 'reconciliation' }]
      : []),
    { label: 'Settings', href: `${base}/settings`, isCurrent: current === 'settings' },
  ];
}

/** Its vendor counts something by itself, or has to be gone through for whom it has deleted. */
function isComparable(source: Source): boolean {
  const connector = findConnector(source.connector);
  return connector?.totals !== undefined || (connector?.streams ?? []).some(({ listsAll }) => listsAll);
}

export function crumbsOf(source: Source) {
  return [
    { label: 'Sources', href: '/sources' },
    { label: source.name, href: `/sources/${source.id}` },
  ];
}
