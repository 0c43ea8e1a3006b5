import type { Link } from './component.ts';
import { type IdentifierKey, identifierOf } from './kinds.ts';

/** A number that nobody used for a year may have gone to somebody else. */
const RECYCLED_AFTER_MS = 365 * 24 * 3600 * 1000;

/** A phone and a stretch of time in which it was in use: `node` is the phone's key, plus `#n` for earlier owners. */
export type PhoneUse = { node: string; from: number; until: number };

/** Cuts each phone where its links lie more than 365 days apart. The last use keeps the phone's own key. */
export function splitPhones(links: Link[]): Map<IdentifierKey, PhoneUse[]> {
  const uses = new Map<IdentifierKey, PhoneUse[]>();
  for (const [phone, spans] of collectSpans(links)) {
    const stretches = joinSpans(spans);
    const last = stretches.length - 1;
    uses.set(
      phone,
      stretches.map((span, n) => ({ ...span, node: n === last ? phone : `${phone}#${n}` })),
    );
  }
  return uses;
}

/** The node that stands for an end of a link at the time of the link. */
export function nodeFor(uses: Map<IdentifierKey, PhoneUse[]>, key: IdentifierKey, link: Link): string {
  const use = uses
    .get(key)
    ?.find(({ from, until }) => from <= link.firstAt.getTime() && link.firstAt.getTime() <= until);
  return use ? use.node : key;
}

type Span = { from: number; until: number };

function collectSpans(links: Link[]): Map<IdentifierKey, Span[]> {
  const spans = new Map<IdentifierKey, Span[]>();
  for (const link of links) {
    const span = { from: link.firstAt.getTime(), until: link.lastAt.getTime() };
    for (const end of [link.a, link.b]) {
      if (identifierOf(end).kind !== 'phone') continue;
      const known = spans.get(end);
      if (known) known.push(span);
      else spans.set(end, [span]);
    }
  }
  return spans;
}

function joinSpans(spans: Span[]): Span[] {
  const joined: Span[] = [];
  for (const span of [...spans].sort((a, b) => a.from - b.from)) {
    const last = joined.at(-1);
    if (last && span.from - last.until <= RECYCLED_AFTER_MS) last.until = Math.max(last.until, span.until);
    else joined.push({ ...span });
  }
  return joined;
}
