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
