import { IANAZone } from 'luxon';
import { z } from 'zod';
import { ADVANCED } from '../reading/folds.ts';

const column = z.string().trim().min(1).max(200);
const COLUMNS = 'Which column is what';
const optionalColumn = (title: string, more: { help?: string; fold?: string } = {}) =>
  column.optional().meta({ title, ...more });

export const settings = z
  .object({
    host: z.string().trim().min(1, 'Give the host.').meta({
      title: 'Host',
      help: 'It must let this server in through its firewall.',
      placeholder: 'db.example.com',
    }),
    port: z.number().int().min(1).max(65_535).default(5432).meta({ title: 'Port', fold: ADVANCED }),
    database: z.string().trim().min(1, 'Give the name of the database.').meta({ title: 'Database' }),
    user: z.string().trim().min(1, 'Give the user.').meta({
      title: 'User',
      help: 'One that can only read: CREATE ROLE segments LOGIN PASSWORD ‘…’; GRANT SELECT ON the tables of the query TO segments;',
    }),
    password: z.string().min(1, 'Give the password.').meta({ title: 'Password', secret: true }),
    tls: z.enum(['verified', 'encrypted', 'off']).default('verified').meta({
      title: 'Encryption',
      fold: ADVANCED,
      help: 'Verified: the certificate must be made out to the host. Encrypted: any certificate will do. Off: in clear, inside a private network only.',
    }),
    authority: z
      .string()
      .trim()
      .includes('BEGIN CERTIFICATE', { error: 'It begins with -----BEGIN CERTIFICATE-----.' })
      .optional()
      .meta({
        title: 'Certificate of the authority',
        fold: ADVANCED,
        help: 'Only where your provider has its own, to be downloaded from its console.',
        multiline: true,
      }),
    query: z
      .string()
      .trim()
      .transform((text) => text.replace(/;\s*$/, ''))
      .pipe(z.string().regex(/^(select|with)\b/i, 'It is one query and begins with SELECT or WITH.'))
      .meta({
        title: 'Query',
        help: 'One SELECT. Each row is a person, or something that happened.',
        placeholder: 'select id, email, plan, created_at, updated_at from accounts',
        multiline: true,
      }),
    keyColumn: column.meta({ title: 'Key column', help: 'What tells the rows apart, like id. Never empty.' }),
    cursorColumn: column.meta({
      title: 'Cursor column',
      help: 'What grows when a row is added or changed, like updated_at; with an index. Rows where it is empty are not read.',
    }),
    overlapMinutes: z.number().int().min(0).max(1440).default(5).meta({
      title: 'Minutes read again',
      fold: ADVANCED,
      help: 'Rows of long transactions show up late with an older time.',
    }),
    timezone: z
      .string()
      .trim()
      .refine((zone) => IANAZone.isValidZone(zone), 'It is a zone like Europe/Berlin.')
      .default('UTC')
      .meta({ title: 'Time zone', fold: ADVANCED, help: 'Of times that are stored without one.' }),
    kind: z.enum(['people', 'events']).default('people').meta({ title: 'A row is one of' }),
    userIdColumn: optionalColumn('User ID column', { help: 'Your own ID of the person.' }),
    emailColumn: optionalColumn('E-mail column'),
    phoneColumn: optionalColumn('Phone column', { fold: COLUMNS }),
    timeColumn: optionalColumn('Time column', {
      help: 'When it happened or was changed; else the cursor column, if that is a time.',
      fold: COLUMNS,
    }),
    eventName: z.string().trim().min(1).max(200).optional().meta({
      title: 'Event',
      fold: COLUMNS,
      help: 'For events: what happened, like order_placed. Or name the column below that says it.',
    }),
    eventColumn: optionalColumn('Event column', { fold: COLUMNS }),
    valueColumn: optionalColumn('Amount column', { help: 'For events that are about money.', fold: COLUMNS }),
    currency: z
      .string()
      .trim()
      .toUpperCase()
      .regex(/^[A-Z]{3}$/, 'Three letters, like EUR.')
      .optional()
      .meta({
        title: 'Currency',
        fold: COLUMNS,
        help: 'Of the amounts.',
        placeholder: 'EUR',
      }),
    leaveOut: z.string().trim().optional().meta({
      title: 'Columns to leave out',
      fold: COLUMNS,
      help: 'All others become traits of the person, or properties of the event. Names with commas between them.',
    }),
  })
  .refine(({ userIdColumn, emailColumn, phoneColumn }) => userIdColumn || emailColumn || phoneColumn, {
    path: ['userIdColumn'],
    message: 'Say which column names the person: a user ID, an e-mail address or a phone.',
  })
  .refine(({ kind, eventName, eventColumn }) => kind === 'people' || eventName || eventColumn, {
    path: ['eventName'],
    message: 'Say what happened, or which column says it.',
  });

export type PostgresSettings = z.infer<typeof settings>;
