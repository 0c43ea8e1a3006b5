import { and, eq, sql } from 'drizzle-orm';
import { now } from '../../base/clock.ts';
import { Invalid } from '../../base/errors.ts';
import type { Db } from '../../db/pool.ts';
import { sourceStreams, sources } from '../../db/schema/collect.ts';
import { checkSettings, listSettingFields, sealSettings } from './settings.ts';
import { getConnector, openSecrets, type Source } from './sources.ts';

/**
 * New name, rhythm and settings. A secret left empty stays as it is: the form never shows it. Whoever edits a
 * source that needed attention has attended to it, so it may be fetched again.
 */
export async function updateSource(
  db: Db,
  source: Source,
  change: {
    name: string;
    everyMinutes: number | null;
    ordersAreMoney: boolean;
    /** As it was, where it is not said. */
    tellsTrouble?: boolean;
    settings: Record<string, unknown>;
  },
): Promise<void> {
  const { settings, sealed } = sealChanged(source, change.settings);
  await db
    .update(sources)
    .set({
      name: change.name,
      everyMinutes: change.everyMinutes,
      ordersAreMoney: change.ordersAreMoney,
      tellsTrouble: change.tellsTrouble ?? source.tellsTrouble,
      settings,
      sealed,
      ...(source.status === 'needs_attention' ? { status: 'active', statusMessage: null } : {}),
    })
    .where(isSource(source));
  await db.update(sourceStreams).set({ nextRunAt: null }).where(isStreamOf(source));
}

/** Nothing is fetched by the clock any more; what the vendor sends by itself is still kept. */
export async function pauseSource(db: Db, source: Source): Promise<void> {
  await db.update(sources).set({ status: 'paused', statusMessage: null }).where(isSource(source));
}

export async function resumeSource(db: Db, source: Source): Promise<void> {
  await db.update(sources).set({ status: 'active', statusMessage: null }).where(isSource(source));
}

/** The vendor will not let us in until a person acts; `message` says what to do. */
export async function markNeedsAttention(db: Db, source: Source, message: string): Promise<void> {
  await db.update(sources).set({ status: 'needs_attention', statusMessage: message }).where(isSource(source));
}

/** Takes a source off: its secrets and its webhook address are gone for good, what it brought stays. */
export async function removeSource(db: Db, source: Source): Promise<void> {
  await db
    .update(sources)
    .set({
      removedAt: now(),
      status: 'paused',
      statusMessage: null,
      sealed: {},
      hookTokenHash: null,
      hookTokenSealed: null,
      hookRegisteredAt: null,
    })
    .where(isSource(source));
}

/** Which of a source's streams are read. */
export async function switchStreams(db: Db, source: Source, enabled: string[]): Promise<void> {
  const rows = getConnector(source.connector).streams.map((stream) => ({
    workspaceId: source.workspaceId,
    sourceId: source.id,
    stream: stream.key,
    isEnabled: enabled.includes(stream.key),
  }));
  if (rows.length === 0) return;
  await db
    .insert(sourceStreams)
    .values(rows)
    .onConflictDoUpdate({
      target: [sourceStreams.workspaceId, sourceStreams.sourceId, sourceStreams.stream],
      set: { isEnabled: sql`excluded.is_enabled` },
    });
}

function sealChanged(source: Source, given: Record<string, unknown>) {
  const { settings: schema } = getConnector(source.connector);
  const merged = { ...keepHidden(source), ...given, ...keepSecrets(source, given) };
  const checked = checkSettings(schema, merged);
  const scope = { workspaceId: source.workspaceId, connectionId: source.id };
  return sealSettings(schema, checked, scope);
}

/** What the form does not show stays as it is. */
function keepHidden(source: Source): Record<string, unknown> {
  const fields = listSettingFields(getConnector(source.connector).settings);
  const hidden = fields.filter(({ key, isHidden }) => isHidden && key in source.settings);
  return Object.fromEntries(hidden.map(({ key }) => [key, source.settings[key]]));
}

/**
 * Secrets that were left empty. Where a web address changes they are asked for again: else whoever may edit the
 * address could have a secret sent to a machine of their own without knowing it.
 */
function keepSecrets(source: Source, given: Record<string, unknown>): Record<string, unknown> {
  const kept = openSecrets(source);
  const fields = listSettingFields(getConnector(source.connector).settings);
  const left = fields.filter(
    (field) => field.isSecret && (given[field.key] ?? '') === '' && field.key in kept,
  );
  if (left.length > 0 && fields.some((field) => movesAddress(source, given, field.key))) {
    const message = 'Enter it again: the address it is sent to has changed.';
    throw new Invalid(left.map((field) => ({ path: field.key, message })));
  }
  return Object.fromEntries(left.map((field) => [field.key, kept[field.key]]));
}

function movesAddress(source: Source, given: Record<string, unknown>, key: string): boolean {
  const before = source.settings[key];
  const after = given[key];
  const isAddress = [before, after].some(
    (value) => typeof value === 'string' && /^[a-z]+:\/\/|^[^\s@]+\.[a-z]{2,}/i.test(value),
  );
  return (isAddress || key === 'host') && (before ?? '') !== (after ?? '');
}

function isSource(source: Source) {
  return and(eq(sources.workspaceId, source.workspaceId), eq(sources.id, source.id));
}

function isStreamOf(source: Source) {
  return and(eq(sourceStreams.workspaceId, source.workspaceId), eq(sourceStreams.sourceId, source.id));
}
