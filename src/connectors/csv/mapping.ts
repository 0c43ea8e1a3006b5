import { z } from 'zod';

const column = z.string('Name a column.').min(1, 'Name a column.');
const constant = z.string().min(1);
const currencyCode = z
  .string()
  .trim()
  .toUpperCase()
  .regex(/^[A-Z]{3}$/, 'Write the currency as three letters, like EUR.');

/** `format` in the letters of Luxon; without one the column holds ISO 8601. `zone` for times that name none. */
const timeColumn = z.strictObject({
  column,
  format: z.string().min(1).optional(),
  zone: z.string().min(1).optional(),
});

const consentColumn = z.strictObject({
  channel: z.enum(['email', 'sms', 'ads', 'web']),
  topic: z.string().min(1).nullish(),
  column,
  granted: z.array(z.string()).default([]),
  withdrawn: z.array(z.string()).default([]),
  at: timeColumn.optional(),
});

const identifierColumns = z
  .partialRecord(z.enum(['user_id', 'email', 'phone', 'anonymous_id', 'source']), column)
  .refine((columns) => Object.keys(columns).length > 0, 'Say which column names the person.');

/** Which column of a file says what. The same JSON the page makes and the `--map` option takes. */
export const csvMapping = z.strictObject({
  identifiers: identifierColumns,
  traits: z.record(z.string(), column).optional(),
  event: z.union([constant, z.strictObject({ column })]).optional(),
  occurredAt: timeColumn.optional(),
  value: z.strictObject({ column, decimal: z.enum(['.', ',']).optional() }).optional(),
  currency: z.union([currencyCode, z.strictObject({ column })]).optional(),
  properties: z.record(z.string(), column).optional(),
  externalId: z.union([column.transform((name) => [name]), z.array(column).min(1)]).optional(),
  consents: z.array(consentColumn).optional(),
});
export type CsvMapping = z.output<typeof csvMapping>;
export type ConsentColumn = z.output<typeof consentColumn>;
export type TimeColumn = z.output<typeof timeColumn>;

/** Every column a mapping names, with the place in the mapping where it does. */
export function listColumns(mapping: CsvMapping): { path: string; column: string }[] {
  const named = (record: Record<string, string> | undefined, path: string) =>
    Object.entries(record ?? {}).map(([key, name]) => ({ path: `${path}.${key}`, column: name }));
  const single = (path: string, given: unknown) =>
    typeof given === 'object' && given !== null && 'column' in given
      ? [{ path: `${path}.column`, column: String(given.column) }]
      : [];
  return [
    ...named({ ...mapping.identifiers }, 'identifiers'),
    ...named(mapping.traits, 'traits'),
    ...single('event', mapping.event),
    ...single('occurredAt', mapping.occurredAt),
    ...single('value', mapping.value),
    ...single('currency', mapping.currency),
    ...named(mapping.properties, 'properties'),
    ...(mapping.externalId ?? []).map((name, position) => ({ path: `externalId.${position}`, column: name })),
    ...(mapping.consents ?? []).flatMap((consent, position) => [
      ...single(`consents.${position}`, consent),
      ...single(`consents.${position}.at`, consent.at),
    ]),
  ];
}

/**
 * What is stored of a row: its cells, what they mean, and when it was imported. The meaning stands beside every
 * row so that it can be read again without the file; `use` changes when the mapping of such files was changed.
 */
export const storedRow = z.object({
  kind: z.enum(['people', 'events']),
  row: z.record(z.string(), z.string()),
  map: csvMapping,
  use: z.string(),
  zone: z.string(),
  importedAt: z.iso.datetime(),
});
export type StoredRow = z.output<typeof storedRow>;
