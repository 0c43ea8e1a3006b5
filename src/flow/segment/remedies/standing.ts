import { consent } from '../rules/consent.ts';
import type { identifier } from '../rules/identifier.ts';
import { titleOf } from '../rules/kind.ts';
import type { segment } from '../rules/segment.ts';
import type { source } from '../rules/source.ts';
import type { Change, Situation } from './change.ts';
import type { Remedy } from './remedy.ts';

type LeafOf<K extends { holds: (leaf: never, ...rest: never[]) => unknown }> = Parameters<K['holds']>[0];

/** A decision of the person; one that was made cannot become unknown again. */
export function consentRemedies(leaf: LeafOf<typeof consent>, { person, setting }: Situation): Remedy[] {
  const { consent: channel, topic = null } = leaf;
  const holds = consent.holds(leaf, person, setting).holds;
  const state = (leaf.is === 'granted') === !holds ? 'granted' : 'withdrawn';
  const about = topic ? ` about ${topic}` : '';
  const words = `${state === 'granted' ? 'consent' : 'a withdrawal of consent'} to ${channel}${about}`;
  const decide = (of: string | null): Change => ({ type: 'consent', channel, topic: of, state });
  const alone = [{ words, changes: [decide(topic)] }];
  if (topic === null) return alone;
  const whole = `${state === 'granted' ? 'consent' : 'a withdrawal of consent'} to ${channel}`;
  return [
    ...alone,
    { words: whole, changes: [decide(null)] },
    { words: `${whole} and to its topic ${topic}`, changes: [decide(null), decide(topic)] },
  ];
}

/** What became known stays known. */
export function identifierRemedies(leaf: LeafOf<typeof identifier>, { setting }: Situation): Remedy[] {
  const key = leaf.identifier.startsWith('source:') ? leaf.identifier.slice('source:'.length) : null;
  const kind = key === null ? leaf.identifier : `source:${setting.known.sources.get(key)}`;
  const what = key === null ? leaf.identifier.replace('_', ' ') : `id at ${key}`;
  return [{ words: `their ${what} becoming known`, changes: [{ type: 'identifier', kind }] }];
}

export function sourceRemedies(leaf: LeafOf<typeof source>, { setting, titles }: Situation): Remedy[] {
  const sourceId = setting.known.sources.get(leaf.source);
  if (!sourceId) return [];
  const called = titleOf(leaf.source, titles?.sources);
  return [{ words: `being seen at ${called}`, changes: [{ type: 'source', sourceId }] }];
}

/** The other segment has a why of its own. */
export function membershipRemedies(leaf: LeafOf<typeof segment>, { titles }: Situation): Remedy[] {
  const called = titleOf(leaf.segment, titles?.segments);
  return (leaf.is === 'in' ? (['in', 'out'] as const) : (['out', 'in'] as const)).map((is) => ({
    words: `${is === 'in' ? 'entering' : 'leaving'} the segment ${called}`,
    changes: [{ type: 'membership', segment: leaf.segment, is }],
  }));
}
