import { Invalid } from '../../base/errors.ts';
import { layersOf } from './layers.ts';
import { titleOf } from './rules/kind.ts';

type Named = { key: string; name: string; definition: unknown };
type Given = { key: string; definition: unknown };

/** Throws Invalid, with the way round, where segments would name each other in a circle with this rule in one. */
export function refuseCircle(all: Named[], given: Given, titles?: Map<string, string>): void {
  const others = all.filter((one) => one.key !== given.key);
  const { cycle } = layersOf<Given>([...others, given]);
  if (!cycle) return;
  const path = cycle.map((key) => titleOf(key, titles)).join(' → ');
  throw new Invalid([{ path: '', message: `Segments cannot name each other in a circle: ${path}.` }]);
}

/** The same for pages: the way round by what the segments are called. */
export function refuseNamedCircle(all: Named[], given: Given): void {
  refuseCircle(all, given, new Map(all.map(({ key, name }) => [key, name])));
}
