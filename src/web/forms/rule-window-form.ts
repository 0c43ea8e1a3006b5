import type { Fields, RuleJson } from './rule-form.ts';

/** A window of a rule as form fields (`window`, `w1`, `w2`), and back. `ever` is no window. */
export function readWindow(fields: Fields): RuleJson {
  switch (fields.window ?? 'ever') {
    case 'last':
      return { within: { last: duration(fields.w1) } };
    case 'next':
      return { within: { next: duration(fields.w1) } };
    case 'between':
      return { within: { between: [duration(fields.w1), duration(fields.w2)] } };
    case 'calendar':
      return { within: { calendar: fields.calendar ?? 'this month' } };
    case 'dates':
      return { within: { ...part('from', fields.from), ...part('to', fields.to) } };
    default:
      return {};
  }
}

export function windowFields(window: unknown): Fields {
  if (typeof window !== 'object' || window === null) return { window: 'ever' };
  const one = window as RuleJson;
  if ('last' in one) return { window: 'last', w1: String(one.last) };
  if ('next' in one) return { window: 'next', w1: String(one.next) };
  if (Array.isArray(one.between))
    return { window: 'between', w1: String(one.between[0]), w2: String(one.between[1]) };
  if ('calendar' in one) return { window: 'calendar', calendar: String(one.calendar) };
  return { window: 'dates', from: String(one.from ?? ''), to: String(one.to ?? '') };
}

/** People write "30"; a bare number is days. */
function duration(value: string | undefined): string {
  const trimmed = (value ?? '').trim();
  return /^\d+$/.test(trimmed) ? `${trimmed}d` : trimmed;
}

function part(key: string, value: string | undefined): RuleJson {
  return value ? { [key]: value } : {};
}
