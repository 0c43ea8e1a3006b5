import { EVENT_NAME_ALIASES, toEventName } from '../../connectors/http-api/event-names.ts';
import {
  COUNTED,
  type EventEntry,
  type NameUse,
  type TypeSeen,
} from '../../reports/dictionary-entries.sql.ts';
import type { Role } from '../../staff/roles.ts';
import { formatDate, formatNumber, mask } from './format.ts';

type Surroundings = { role: Role; zone: string; sources: Map<string, string>; uses: NameUse[] };

export type EntryModel = {
  name: string;
  /** The event a property is of. */
  event: string | null;
  type: string;
  count: string;
  sources: string;
  first: string;
  last: string;
  example: string | null;
  /** What should not be: a number that has become text. */
  warning: string | null;
  aliases: string[];
  uses: { label: string; href: string }[];
};

const TYPES: Record<string, string> = {
  string: 'text',
  number: 'a number',
  boolean: 'yes or no',
  array: 'a list',
  object: 'a group',
};
const EXAMPLE = 60;
const USES = 5;

/** One line an event, with where the newest of it came from. */
export function eventModels(entries: EventEntry[], seen: TypeSeen[], around: Surroundings): EntryModel[] {
  return entries.map(({ name, count, firstAt, lastAt }) => ({
    name,
    event: null,
    type: '',
    count: count > COUNTED ? `more than ${formatNumber(COUNTED)}` : formatNumber(count),
    sources: sourcesOf(
      seen.filter((one) => one.event === name && one.name === ''),
      around,
    ),
    first: formatDate(firstAt, around.zone),
    last: formatDate(lastAt, around.zone),
    example: null,
    warning: null,
    aliases: Object.keys(EVENT_NAME_ALIASES).filter((alias) => EVENT_NAME_ALIASES[alias] === name),
    uses: usesOf('event', name, around.uses),
  }));
}

/** One line a property of an event, or a trait; what drifts comes first. */
export function typeModels(what: 'property' | 'trait', seen: TypeSeen[], around: Surroundings): EntryModel[] {
  const groups = Map.groupBy(
    seen.filter(({ name }) => name !== ''),
    ({ event, name }) => `${event ?? ''}\u0000${name}`,
  );
  const models = [...groups.values()].map((types): EntryModel => {
    // The newest first.
    const [newest] = [...types].sort((a, b) => b.lastAt.getTime() - a.lastAt.getTime());
    const { event, name, type, example } = newest!;
    const times = types.flatMap(({ firstAt, lastAt }) => [firstAt.getTime(), lastAt.getTime()]);
    return {
      name,
      event,
      type: TYPES[type] ?? type,
      count: formatNumber(types.reduce((sum, one) => sum + one.count, 0)),
      sources: sourcesOf(types, around),
      first: formatDate(new Date(Math.min(...times)), around.zone),
      last: formatDate(new Date(Math.max(...times)), around.zone),
      example: exampleOf(name, example, around.role),
      warning: describeDrift(types, around.zone),
      aliases: [],
      uses: usesOf(what, name, around.uses),
    };
  });
  return models.sort((a, b) => Number(b.warning !== null) - Number(a.warning !== null));
}

/** "Text since 12 Nov 2026, a number before": rules that compare it stop matching without a word. */
export function describeDrift(types: TypeSeen[], zone: string): string | null {
  const [newest, ...others] = [...types].sort((a, b) => b.firstAt.getTime() - a.firstAt.getTime());
  if (!newest || others.length === 0) return null;
  const before = others.map(({ type }) => TYPES[type] ?? type).join(' or ');
  const word = TYPES[newest.type] ?? newest.type;
  return others.every(({ lastAt }) => lastAt < newest.firstAt)
    ? `${capital(word)} since ${formatDate(newest.firstAt, zone)}, ${before} before.`
    : `Sometimes ${word}, sometimes ${before}.`;
}

/** Addresses and phones lie in texts too; a viewer sees enough of them to know what they are. */
function exampleOf(name: string, value: unknown, role: Role): string {
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  const shown = text.length > EXAMPLE ? `${text.slice(0, EXAMPLE)}…` : text;
  if (role !== 'viewer') return shown;
  if (/phone|mobile|name|street|address/i.test(name)) return mask(shown);
  const masked = shown.replace(/[^\s"@]+@[^\s"@]*/g, (address) => mask(address));
  return /^\d{4}-\d{2}-\d{2}/.test(masked)
    ? masked
    : masked.replace(/\+?\d[\d ()/.-]{6,}\d/g, (phone) => mask(phone));
}

function sourcesOf(seen: TypeSeen[], { sources }: Surroundings): string {
  const ids = new Set(seen.flatMap(({ sourceIds }) => sourceIds));
  return [...ids].map((id) => sources.get(id) ?? 'a removed source').join(', ');
}

function usesOf(what: NameUse['what'], name: string, uses: NameUse[]) {
  const own = uses.filter(
    (use) => use.what === what && (what === 'event' ? toEventName(use.name) : use.name) === name,
  );
  const shown = own.slice(0, USES).map(({ kind, id, title }) => ({
    label: title,
    href: kind === 'segment' ? `/segments/${encodeURIComponent(id)}` : `/messages/${id}`,
  }));
  return own.length > USES
    ? [...shown, { label: `and ${own.length - USES} more`, href: '/segments' }]
    : shown;
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
