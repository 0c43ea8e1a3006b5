import { z } from 'zod';
import { toDecimal } from '../../base/decimal.ts';
import { Invalid } from '../../base/errors.ts';
import type { GivenIdentifier, Item, MappedRecord } from '../contract.ts';
import { readPayload, toMoment, withoutUnset } from '../reading/answers.ts';
import { IDENTIFIERS, valueAt, type WebhookMapping } from './mapping.ts';
import type { WebhookSettings } from './settings.ts';

const DAY_MS = 24 * 60 * 60_000;
/** Seconds since 1970 stay below this until the year 5138; larger numbers are milliseconds. */
const LARGEST_SECONDS = 1e11;

const stored = z.object({ body: z.record(z.string(), z.unknown()), receivedAt: z.iso.datetime() });
type Stored = z.infer<typeof stored>;

/** Until its fields have a meaning an item says nothing; it is kept, and read when they have. */
export function map(item: Item, { mapping }: Pick<WebhookSettings, 'mapping'>): MappedRecord[] {
  if (!mapping) return [];
  const given = readPayload(item.payload, stored);
  const identifiers = readIdentifiers(given, mapping);
  const at = readTime(given, mapping);
  const traits = readFields(given, mapping.traits);
  const person: MappedRecord = {
    type: 'person',
    key: mapping.kind === 'people' ? '' : 'person',
    identifiers,
    traits,
    changedAt: at,
    consents: [],
  };
  if (mapping.kind === 'people') return [person];
  const event = toEvent(given, mapping, { identifiers, at });
  return Object.keys(traits).length > 0 ? [event, person] : [event];
}

function toEvent(
  given: Stored,
  mapping: WebhookMapping,
  { identifiers, at }: { identifiers: GivenIdentifier[]; at: Date },
): MappedRecord {
  const value = readMoney(given, mapping);
  return {
    type: 'event',
    key: '',
    identifiers,
    name: readName(given, mapping),
    occurredAt: at,
    ...(value === undefined ? {} : { value, ...readCurrency(given, mapping) }),
    properties: readFields(given, mapping.properties),
  };
}

function readIdentifiers({ body }: Stored, { identifiers }: WebhookMapping): GivenIdentifier[] {
  const found = IDENTIFIERS.flatMap((kind): GivenIdentifier[] => {
    const path = identifiers[kind];
    const value = path === undefined ? undefined : toText(valueAt(body, path));
    return value === undefined ? [] : [{ kind, value }];
  });
  if (found.length > 0) return found;
  throw refuse(Object.values(identifiers).join(', '), 'It names nobody.');
}

/** A number is seconds or milliseconds since 1970; without a field for it the time it came. Never the future. */
function readTime({ body, receivedAt }: Stored, { occurredAt }: WebhookMapping): Date {
  const received = new Date(receivedAt);
  const given = occurredAt === undefined ? undefined : valueAt(body, occurredAt);
  if (given === undefined || given === null || given === '' || occurredAt === undefined) return received;
  const at = toInstant(given);
  if (!at || at.getUTCFullYear() < 1900) throw refuse(occurredAt, `${quote(given)} is not a time.`);
  return at.getTime() - received.getTime() > DAY_MS ? received : at;
}

function toInstant(given: unknown): Date | null {
  const number = typeof given === 'number' || /^\d{9,13}$/.test(String(given)) ? Number(given) : null;
  if (number !== null) return new Date(number < LARGEST_SECONDS ? number * 1000 : number);
  return typeof given === 'string' ? toMoment(given) : null;
}

function readName({ body }: Stored, { event }: WebhookMapping): string {
  if (typeof event === 'string') return event;
  const said = event ? toText(valueAt(body, event.path)) : undefined;
  if (said === undefined) throw refuse(event?.path ?? 'event', 'It does not say what happened.');
  return said.slice(0, 255);
}

function readMoney({ body }: Stored, { value: path }: WebhookMapping): string | undefined {
  const given = path === undefined ? undefined : valueAt(body, path);
  if (path === undefined || given === undefined || given === null || given === '') return undefined;
  const money = toDecimal(given);
  if (money === undefined) throw refuse(path, `${quote(given)} is not a number.`);
  return money;
}

function readCurrency({ body }: Stored, { currency }: WebhookMapping): { currency?: string } {
  if (typeof currency === 'string') return { currency };
  const said = currency ? toText(valueAt(body, currency.path))?.toUpperCase() : undefined;
  if (said === undefined) return {};
  if (!/^[A-Z]{3}$/.test(said))
    throw refuse(currency!.path, `${quote(said)} is not a currency of three letters.`);
  return { currency: said };
}

function readFields({ body }: Stored, fields: Record<string, string>): Record<string, unknown> {
  return withoutUnset(
    Object.fromEntries(Object.entries(fields).map(([name, path]) => [name, valueAt(body, path)])),
  );
}

function toText(value: unknown): string | undefined {
  const text = typeof value === 'string' || typeof value === 'number' ? String(value).trim() : '';
  return text === '' ? undefined : text;
}

function quote(value: unknown): string {
  return `“${String(value).slice(0, 60)}”`;
}

function refuse(path: string, message: string): Invalid {
  return new Invalid([{ path, message }]);
}
