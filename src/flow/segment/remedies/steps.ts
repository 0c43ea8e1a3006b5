import { eventWords } from '../rules/event.ts';
import type { sequence } from '../rules/sequence.ts';
import { durationMs, durationWords } from '../rules/windows.ts';
import type { Change, Situation } from './change.ts';
import { matchingEvent } from './event.ts';
import type { Remedy } from './remedy.ts';

type SequenceLeaf = Parameters<typeof sequence.holds>[0];

/** The steps still to come, as few as do: only the last, the last two, … A step that must not come is waited for. */
export function sequenceRemedies(leaf: SequenceLeaf, { setting }: Situation): Remedy[] {
  const last = leaf.sequence.at(-1)!;
  const positive = last.not ? leaf.sequence.slice(0, -1) : leaf.sequence;
  const events = positive.map((step) => matchingEvent(step, setting));
  if (events.includes(null)) return [];
  const ways = positive.map((_, index) => remedyOf(leaf, positive.slice(index), events.slice(index)));
  return [...ways.reverse(), ...spoilers(leaf, setting)];
}

function remedyOf(leaf: SequenceLeaf, steps: SequenceLeaf['sequence'], events: (Change | null)[]): Remedy {
  const last = leaf.sequence.at(-1)!;
  const words = steps.map((step) => eventWords(step)).join(', then ');
  const changes = events.filter((each) => each !== null);
  return last.not
    ? { words: `${words}, and no ${eventWords(last)} for ${durationWords(last.within!)}`, changes }
    : { words, changes };
}

/** For who is to come out: the event that was not to come, while there is time for it. */
function spoilers(leaf: SequenceLeaf, setting: Situation['setting']): Remedy[] {
  const last = leaf.sequence.at(-1)!;
  const event = last.not && durationMs(last.within!) > 0 ? matchingEvent(last, setting) : null;
  return event ? [{ words: eventWords(last), changes: [event] }] : [];
}
