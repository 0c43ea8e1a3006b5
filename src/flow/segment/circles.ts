import { Invalid } from '../../base/errors.ts';
import { layersOf } from './layers.ts';

type Named = { key: string; name: string; definition: unknown };

/** Throws Invalid, with the way round, where segments would name each other in a circle with this rule in one. */
export function refuseCircle(all: Named[], given: { key: string; definition: unknown }): void {
  const others = all.filter((one) => one.key !== given.key);
  const { cycle } = layersOf<{ key: string; definition: unknown }>([...others, given]);
  if (!cycle) return;
  const names = new Map(all.map(({ key, name }) => [key, name]));
  const path = cycle.map((key) => `“${names.get(key) ?? key}”`).join(' → ');
  throw new Invalid([{ path: '', message: `Segments cannot name each other in a circle: ${path}.` }]);
}
