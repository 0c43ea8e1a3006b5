/** Which segments a definition names; read loosely, since a stored definition may be one that no longer parses. */
export function segmentsNamedIn(definition: unknown): string[] {
  if (Array.isArray(definition)) return definition.flatMap(segmentsNamedIn);
  if (typeof definition !== 'object' || definition === null) return [];
  return Object.entries(definition).flatMap(([key, value]) =>
    key === 'segment' && typeof value === 'string' ? [value] : segmentsNamedIn(value),
  );
}

type Named = { key: string; definition: unknown };

/**
 * Segments in layers: each names only segments of layers before its own. `cycle` is a path that comes back to where
 * it began, if there is one; what lies on it or behind it is in no layer.
 */
export function layersOf<S extends Named>(segments: S[]): { layers: S[][]; cycle: string[] | null } {
  const waiting = new Map(segments.map((one) => [one.key, one]));
  const layers: S[][] = [];
  for (;;) {
    const ready = [...waiting.values()].filter((one) =>
      segmentsNamedIn(one.definition).every((name) => !waiting.has(name)),
    );
    if (ready.length === 0) break;
    layers.push(ready);
    for (const one of ready) waiting.delete(one.key);
  }
  return { layers, cycle: waiting.size > 0 ? findCycle(waiting) : null };
}

function findCycle(waiting: Map<string, Named>): string[] {
  const path: string[] = [];
  let key = [...waiting.keys()][0]!;
  while (!path.includes(key)) {
    path.push(key);
    key = segmentsNamedIn(waiting.get(key)?.definition).find((name) => waiting.has(name)) ?? key;
  }
  return [...path.slice(path.indexOf(key)), key];
}
