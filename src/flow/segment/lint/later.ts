import type { Moment } from '../rules/moments.ts';
import type { Node } from '../rules/node.ts';
import { instantOf } from '../rules/values.ts';
import type { Lint } from './lint.ts';

const DAY_MS = 86_400_000;
/** A rule names few days; each is two more looks at the whole of it. */
const MOST_DAYS = 10;

/**
 * What is never so, or always, only until a day that the rule names is told as that: it can turn by itself. The rest
 * of what was found stays as it is; `look` finds it in the same rule at another moment.
 */
export function tellLater(
  found: Lint[],
  { node, moment, look }: { node: Node; moment: Moment; look: (moment: Moment) => Lint[] },
): Lint[] {
  if (!found.some(isVerdict)) return found;
  const days = daysAhead(node, moment).map(({ day, asOf }) => ({ day, lints: look({ ...moment, asOf }) }));
  return found.map((lint) => {
    const turn = days.find(({ lints }) => !lints.some((one) => isSame(one, lint)));
    return isVerdict(lint) && turn ? untilThen(lint, turn.day) : lint;
  });
}

function isVerdict({ kind }: Lint): boolean {
  return kind === 'never' || kind === 'always';
}

function isSame(a: Lint, b: Lint): boolean {
  return a.kind === b.kind && a.path === b.path;
}

/** The days named that have not come, the next one first: something may turn as one begins, or when it is over. */
function daysAhead(node: Node, { asOf, zone }: Moment): { day: string; asOf: Date }[] {
  const named = [...JSON.stringify(node).matchAll(/"([0-9]{4}-[0-9]{2}-[0-9]{2}[^"]*)"/g)];
  const days = [...new Set(named.map(([, day]) => day!))].map((day) => ({
    day,
    at: instantOf(day, zone) ?? 0,
  }));
  return days
    .filter(({ at }) => at > asOf.getTime())
    .sort((a, b) => a.at - b.at)
    .slice(0, MOST_DAYS)
    .flatMap(({ day, at }) => [at + 1, at + DAY_MS + 1].map((ms) => ({ day, asOf: new Date(ms) })));
}

function untilThen({ kind, path }: Lint, day: string): Lint {
  const isNever = kind === 'never';
  const whole = isNever ? 'This rule can match nobody' : 'This rule matches everybody';
  const part = isNever ? 'Nobody can match this' : 'Everybody matches this';
  return {
    kind: 'later',
    path,
    message: `${path === '' ? whole : part} before ${day}.`,
    advice: 'Choose an earlier day, unless it is meant for then.',
  };
}
