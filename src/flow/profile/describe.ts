import { now } from '../../base/clock.ts';
import type { Scope } from '../../db/doors.ts';
import { canonicalJson } from '../collect/canonical.ts';
import { listSources } from '../collect/sources.ts';
import type { IdentifiedBatch, PlacedSighting } from '../identify/batch.ts';
import type { Move } from '../identify/merges.sql.ts';
import { consentsOf } from '../identify/sightings.ts';
import { type Decision, recordConsents } from './consents.ts';
import { findDatedTraits } from './dated-traits.ts';
import { replaceDatedValues } from './dated-values.sql.ts';
import { moveConsents, moveTraitValues } from './moves.sql.ts';
import { recomputeProfileTraits } from './profile-traits.sql.ts';
import { lineOf, mergeHistories } from './trait-history.ts';
import {
  deleteTraitValues,
  loadCurrentOf,
  loadTraitLines,
  type TraitLine,
  type TraitValue,
  upsertTraitValues,
} from './trait-values.sql.ts';

/** Longer names than rules may use are not traits. */
const MAX_NAME = 200;

/**
 * Writes what a batch says of people: traits, dates among them, and consents; first lets what is known follow the
 * identifiers that changed hands. Returns the profiles that are others than before, and those that got something.
 */
export async function describePeople(
  scope: Scope,
  batch: IdentifiedBatch,
): Promise<{ changed: string[]; movedTo: string[] }> {
  const movedTo = await followMoves(scope, batch.moves);
  const given = [...batch.sightings.flatMap(readTraits), ...(await readRemovals(scope, batch))];
  const changed = await keepTraits(scope, given, batch.made);
  await recordConsents(scope.db, scope.workspace.id, batch.sightings.flatMap(readDecisions));
  await refreshTraits(scope, [
    ...new Set([...changed, ...batch.moves.flatMap((move) => [move.fromProfileId, move.toProfileId])]),
  ]);
  return { changed, movedTo };
}

/** After a merge or a parting: values and decisions go along, and what is shown is computed again. */
export async function followMoves({ db, workspace }: Scope, moves: Move[]): Promise<string[]> {
  if (moves.length === 0) return [];
  return [
    ...(await moveTraitValues(db, workspace.id, moves)),
    ...(await moveConsents(db, workspace.id, moves)),
  ];
}

/** What is shown and used in rules, and the dates in it, for these profiles. */
export async function refreshTraits({ db, workspace }: Scope, profileIds: string[]): Promise<void> {
  if (profileIds.length === 0) return;
  const sourceOrder = (await listSources(db, workspace.id)).map(({ id }) => id);
  const changed = await recomputeProfileTraits(db, workspace.id, { profileIds, sourceOrder, at: now() });
  const rows = changed.flatMap(({ profileId, traits }) =>
    findDatedTraits(profileId, traits, workspace.timezone),
  );
  await replaceDatedValues(db, workspace.id, {
    kind: 'trait',
    profileIds: changed.map(({ profileId }) => profileId),
    rows,
  });
}

async function keepTraits(
  { db, workspace }: Scope,
  given: TraitValue[],
  made: Set<string>,
): Promise<string[]> {
  const known = given.filter(({ profileId }) => !made.has(profileId));
  const stored = await loadTraitLines(db, workspace.id, listLines(known));
  const { upsert, remove } = mergeHistories(stored, given);
  await deleteTraitValues(db, workspace.id, remove);
  await upsertTraitValues(db, workspace.id, upsert);
  return [...new Set([...upsert, ...remove].map(({ profileId }) => profileId))];
}

/** Each line once, with the earliest time that something new is said of it. */
function listLines(given: TraitValue[]): (TraitLine & { from: Date })[] {
  const lines = new Map<string, TraitLine & { from: Date }>();
  for (const { profileId, name, sourceId, viaKind, viaValue, changedAt } of given) {
    const line = { profileId, name, sourceId, viaKind, viaValue, from: changedAt };
    const known = lines.get(lineOf(line));
    if (!known || changedAt < known.from) lines.set(lineOf(line), line);
  }
  return [...lines.values()];
}

function readTraits({ raw, record, identifiers: [via], profileId, at }: PlacedSighting): TraitValue[] {
  if (record.type !== 'person') return [];
  const line = { profileId, sourceId: raw.sourceId, viaKind: via.kind, viaValue: via.value, changedAt: at };
  const named = Object.entries(record.traits).filter(([name, value]) => value !== undefined && isName(name));
  return named.map(([name, value]) => ({ ...line, name, json: canonicalJson(value) }));
}

function isName(name: string): boolean {
  return name !== '' && name.length <= MAX_NAME;
}

/** A source that no longer knows somebody has no values for them from then on; what it said stays as history. */
async function readRemovals({ db, workspace }: Scope, { removals }: IdentifiedBatch): Promise<TraitValue[]> {
  const lines = removals.map(({ at, ...line }) => line);
  const times = new Map(removals.map(({ profileId, sourceId, at }) => [`${profileId} ${sourceId}`, at]));
  return (await loadCurrentOf(db, workspace.id, lines)).map((line) => ({
    ...line,
    changedAt: times.get(`${line.profileId} ${line.sourceId}`)!,
    json: 'null',
  }));
}

function readDecisions({ raw, record, identifiers: [via], profileId }: PlacedSighting): Decision[] {
  return consentsOf(record).map(({ channel, topic, state, decidedAt, proof }) => ({
    ...{ profileId, channel, topic, state, decidedAt, proof },
    receivedAt: raw.receivedAt,
    sourceId: raw.sourceId,
    viaKind: via.kind,
    viaValue: via.value,
  }));
}
