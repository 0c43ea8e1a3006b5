import type { StoredTraitValue, TraitLine, TraitValue } from './trait-values.sql.ts';

export type HistoryChange = { upsert: StoredTraitValue[]; remove: TraitValue[] };

/**
 * Puts new values among the stored ones of their line. A value that repeats the one before it is no news: of a run
 * of equal values the first stays, since when it is so, and the last, up to when it was said. Without the last, a
 * different value that comes late and belongs between the two would stand as the newest.
 */
export function mergeHistories(stored: StoredTraitValue[], given: TraitValue[]): HistoryChange {
  const before = Map.groupBy(stored, lineOf);
  const change: HistoryChange = { upsert: [], remove: [] };
  for (const [line, values] of Map.groupBy(given, lineOf)) {
    const merged = mergeHistory(before.get(line) ?? [], values);
    change.upsert.push(...merged.upsert);
    change.remove.push(...merged.remove);
  }
  return change;
}

export function lineOf({ profileId, name, sourceId, viaKind, viaValue }: TraitLine): string {
  return [profileId, name, sourceId, viaKind, viaValue].join('\u0000');
}

/** At one instant the value given last stands. The current one is the first of the last run. */
function mergeHistory(stored: StoredTraitValue[], given: TraitValue[]): HistoryChange {
  const atInstant = new Map<number, TraitValue>();
  for (const value of [...stored, ...given]) atInstant.set(value.changedAt.getTime(), value);
  const sorted = [...atInstant.values()].sort((a, b) => a.changedAt.getTime() - b.changedAt.getTime());
  const current = sorted.findLast((value, at) => value.json !== sorted[at - 1]?.json);
  const kept = sorted.filter(
    (value, at) => value.json !== sorted[at - 1]?.json || value.json !== sorted[at + 1]?.json,
  );
  const known = new Map(stored.map((value) => [value.changedAt.getTime(), value]));
  const upsert = kept.flatMap((value) => {
    const isCurrent = value === current;
    const old = known.get(value.changedAt.getTime());
    return old && old.json === value.json && old.isCurrent === isCurrent ? [] : [{ ...value, isCurrent }];
  });
  const standing = new Set(kept.map(({ changedAt }) => changedAt.getTime()));
  return { upsert, remove: stored.filter(({ changedAt }) => !standing.has(changedAt.getTime())) };
}
