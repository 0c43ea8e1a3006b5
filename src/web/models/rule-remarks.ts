import type { Issue } from '../../base/errors.ts';
import type { Lint } from '../../flow/segment/lint/lint.ts';
import type { DetailedPreview } from '../../flow/segment/preview.ts';
import type { RealDates } from '../../flow/segment/window-dates.ts';
import { type GroupForm, placeOfIssue } from '../forms/rule-form.ts';
import { formatDateTime, formatNumber } from './format.ts';

/** A remark on a rule: what is odd, and what to do. `href` leads to the condition; null is the whole rule. */
export type LintModel = {
  place: string;
  label: string;
  href: string | null;
  message: string;
  advice: string;
};

/** What is said of each place in the form (`r.0`): why it is refused, how many it is true of, its dates, what is odd. */
export type Remarks = {
  errors: Record<string, string>;
  counts: Record<string, { alone: string; remaining: string | null }>;
  dates: Record<string, string[]>;
  lints: LintModel[];
};
export const NO_REMARKS: Remarks = { errors: {}, counts: {}, dates: {}, lints: [] };

export function refusalRemarks(form: GroupForm, issues: Issue[]): Remarks {
  const errors = issues.map(({ path, message }) => [placeOfIssue(form, path), message]);
  return { ...NO_REMARKS, errors: Object.fromEntries(errors) };
}

export function countRemarks(
  form: GroupForm,
  found: { preview: DetailedPreview; dates: RealDates[]; lints: Lint[]; zone: string },
): Remarks {
  const about = found.preview.estimate ? 'about ' : '';
  return {
    errors: {},
    counts: firstOfEach(
      found.preview.steps.map(({ path, alone, remaining }) => ({
        place: placeOfIssue(form, path),
        value: {
          alone: `${about}${formatNumber(alone)}`,
          remaining: isLater(path) && remaining !== null ? `${about}${formatNumber(remaining)}` : null,
        },
      })),
    ),
    dates: datesByPlace(form, found.dates, found.zone),
    lints: found.lints.map((one) => lintModel(form, one)),
  };
}

/** `in the last 30 days: 24 Oct 2026, 14:05 – now` */
export function realDatesWords({ words, bounds, asOf }: RealDates, zone: string): string {
  const said = (at: number | null) =>
    at === asOf.getTime() ? 'now' : formatDateTime(at === null ? null : new Date(at), zone);
  return `${words}: ${said(bounds.from)} – ${said(bounds.to)}`;
}

function datesByPlace(form: GroupForm, dates: RealDates[], zone: string): Record<string, string[]> {
  const said = dates.map((one) => ({
    place: placeOfIssue(form, one.path),
    words: realDatesWords(one, zone),
  }));
  const grouped = Map.groupBy(said, ({ place }) => place);
  return Object.fromEntries([...grouped].map(([place, some]) => [place, some.map(({ words }) => words)]));
}

function lintModel(form: GroupForm, { path, message, advice }: Lint): LintModel {
  const place = placeOfIssue(form, path);
  const isWhole = place === 'r';
  return {
    place,
    label: isWhole ? 'The rule' : `Condition ${numberOf(place)}`,
    href: isWhole ? null : `#${place}`,
    message,
    advice,
  };
}

/** `r.1.0` is condition 2.1. */
function numberOf(place: string): string {
  return place
    .split('.')
    .slice(1)
    .map((step) => Number(step) + 1)
    .join('.');
}

/** Left after the first condition are those it is true of: said once. */
function isLater(path: string): boolean {
  return !path.endsWith('.0');
}

/** Inside a condition kept as JSON many parts share one place; the outermost comes first. */
function firstOfEach<T>(all: { place: string; value: T }[]): Record<string, T> {
  const found: Record<string, T> = {};
  for (const { place, value } of all) if (!Object.hasOwn(found, place)) found[place] = value;
  return found;
}
