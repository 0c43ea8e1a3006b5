/** What a library segment needs to say anything: events or facts that somebody has. */
export type LibraryEntry = {
  key: string;
  name: string;
  /** Who is in, why it matters, what to try: shown on the segment's page. */
  who: string;
  why: string;
  advice: string;
  /** `events`: one of them at least; `also`: one of these as well. */
  needs: { events?: string[]; also?: string[]; buyers?: true; predictions?: true };
  definition: (figures: LibraryFigures) => Record<string, unknown>;
};

/** What a business has that the library may speak of. */
export type LibraryData = { events: Set<string>; buyers: number; hasPredictions: boolean };

/** Figures of this business that its library is cut by. */
export type LibraryFigures = { highSpend: string; lowSpend: string; typicalGapDays: number };

/** Conditions that many entries share. */
export const bought = { fact: 'orders', op: 'gte', value: 1 };
export const recently = (event: string, days: number) => ({ event, within: { last: `${days}d` } });
export const never = (event: string) => ({ event, count: { op: 'eq', value: 0 } });

/**
 * Of two events that take turns, the latest is this one, for people who have it. No rule compares the moments of two
 * events, so the turns are spelt out: from the third time on that the other came in between, they are not found.
 */
export function isLatest(event: string, other: string, days?: number): Record<string, unknown> {
  const turns = (...names: string[]) => ({
    sequence: names.map((name) => ({ event: name })),
    ...(days ? { within: { last: `${days}d` } } : {}),
  });
  const isBack = { all: [turns(event, other, event), { none: [turns(event, other, event, other)] }] };
  return { any: [{ none: [turns(event, other)] }, isBack] };
}
