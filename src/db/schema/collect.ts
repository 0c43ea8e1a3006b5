import { sql } from 'drizzle-orm';
import {
  bigint,
  boolean,
  check,
  index,
  integer,
  jsonb,
  pgTable,
  primaryKey,
  text,
  uniqueIndex,
  uuid,
} from 'drizzle-orm/pg-core';
import { at, workspaceId } from './columns.ts';

/** A connector someone configured to bring data in. */
export const sources = pgTable(
  'sources',
  {
    workspaceId: workspaceId(),
    id: uuid('id').notNull(),
    /** Short name for rules and identifiers: `mailchimp`, `mailchimp-2`. */
    key: text('key').notNull(),
    connector: text('connector').notNull(),
    name: text('name').notNull(),
    /** Settings that are no secret; secrets lie in `sealed`. */
    settings: jsonb('settings').notNull().default({}),
    /** field name -> sealed text (base/secrets). */
    sealed: jsonb('sealed').notNull().default({}),
    status: text('status').notNull().default('active'),
    statusMessage: text('status_message'),
    ordersAreMoney: boolean('orders_are_money').notNull().default(true),
    everyMinutes: integer('every_minutes'), // between syncs; null is nightly
    /** The vendor asked to be left alone until then; all processes keep to it. */
    notBefore: at('not_before'),
    /** Whether the admins are told by mail when it stays in trouble. */
    tellsTrouble: boolean('tells_trouble').notNull().default(true),
    /** When they were told of the trouble it is in; null while all is well. */
    troubleToldAt: at('trouble_told_at'),
    /** When something last came by itself, to the minute; what is asked for stands in its runs. */
    lastHeardAt: at('last_heard_at'),
    /** sha256 of the token in the webhook path. */
    hookTokenHash: text('hook_token_hash'),
    hookTokenSealed: text('hook_token_sealed'),
    /** When we told the vendor to send there; null where somebody did by hand, or nobody. */
    hookRegisteredAt: at('hook_registered_at'),
    /** Only for sources of the demo workspace: the one loopback port they may reach. */
    demoPort: integer('demo_port'),
    createdAt: at('created_at').notNull(),
    removedAt: at('removed_at'),
  },
  (t) => [
    primaryKey({ columns: [t.workspaceId, t.id] }),
    uniqueIndex('sources_key').on(t.workspaceId, t.key),
    index('sources_hook').on(t.hookTokenHash),
    check('sources_status', sql`${t.status} in ('active', 'paused', 'needs_attention')`),
  ],
);

export const sourceStreams = pgTable(
  'source_streams',
  {
    workspaceId: workspaceId(),
    sourceId: uuid('source_id').notNull(),
    stream: text('stream').notNull(),
    cursor: jsonb('cursor'),
    isEnabled: boolean('is_enabled').notNull().default(true),
    lastRunAt: at('last_run_at'),
    lastSuccessAt: at('last_success_at'),
    nextRunAt: at('next_run_at'),
    /** The last full scan: everything read, and what the vendor no longer has taken back. */
    scannedAt: at('scanned_at'),
    scanMessage: text('scan_message'),
  },
  (t) => [primaryKey({ columns: [t.workspaceId, t.sourceId, t.stream] })],
);

/** What a full scan has seen so far; gone when the scan has ended. */
export const scanSightings = pgTable(
  'scan_sightings',
  {
    workspaceId: workspaceId(),
    scanId: uuid('scan_id').notNull(),
    subject: uuid('subject').notNull(),
  },
  (t) => [primaryKey({ columns: [t.workspaceId, t.scanId, t.subject] })],
);

/** One execution of a source. read = new + changed + unchanged + quarantined. */
export const syncRuns = pgTable(
  'sync_runs',
  {
    workspaceId: workspaceId(),
    id: uuid('id').notNull(),
    sourceId: uuid('source_id').notNull(),
    trigger: text('trigger').notNull(),
    status: text('status').notNull(),
    stream: text('stream'),
    read: bigint('read', { mode: 'number' }).notNull().default(0),
    new: bigint('new', { mode: 'number' }).notNull().default(0),
    changed: bigint('changed', { mode: 'number' }).notNull().default(0),
    unchanged: bigint('unchanged', { mode: 'number' }).notNull().default(0),
    quarantined: bigint('quarantined', { mode: 'number' }).notNull().default(0),
    /** What the vendor says there is, where it says so; for the progress bar. */
    total: bigint('total', { mode: 'number' }),
    /** What the vendor is at while nothing comes, in a sentence. */
    waiting: text('waiting'),
    /** Since when, and from which record on, the pace is measured: the end of the last waiting; null is its start. */
    paceAt: at('pace_at'),
    paceRead: bigint('pace_read', { mode: 'number' }).notNull().default(0),
    /** How many raw events of the business were still to be put on people when it ended. */
    rest: bigint('rest', { mode: 'number' }).notNull().default(0),
    message: text('message'),
    /** Set where a run read a slice of time, whatever the cursors say. */
    windowFrom: at('window_from'),
    windowTo: at('window_to'),
    startedAt: at('started_at').notNull(),
    heartbeatAt: at('heartbeat_at').notNull(),
    finishedAt: at('finished_at'),
  },
  (t) => [
    primaryKey({ columns: [t.workspaceId, t.id] }),
    index('sync_runs_source').on(t.workspaceId, t.sourceId, t.startedAt),
    check('sync_runs_status', sql`${t.status} in ('running', 'succeeded', 'partial', 'failed')`),
  ],
);

/** What a source said, untouched and for ever; only retention empties `payload`. */
export const rawEvents = pgTable(
  'raw_events',
  {
    workspaceId: workspaceId(),
    /** First 128 bits of sha256 over (workspace, source, stream, external id, version). */
    id: uuid('id').notNull(),
    /** The same without the version: the thing that was spoken of. */
    subject: uuid('subject').notNull(),
    sourceId: uuid('source_id').notNull(),
    stream: text('stream').notNull(),
    externalId: text('external_id').notNull(),
    version: text('version').notNull(),
    payload: jsonb('payload'),
    receivedAt: at('received_at').notNull(),
  },
  (t) => [
    primaryKey({ columns: [t.workspaceId, t.id] }),
    index('raw_events_subject').on(t.workspaceId, t.subject),
    // For retention: rows arrive in the order of time, so block ranges of a few kilobytes do.
    index('raw_events_received').using('brin', t.receivedAt),
  ],
);

/** Queue: raw events that identify has not taken yet. */
export const pendingRawEvents = pgTable(
  'pending_raw_events',
  {
    seq: bigint('seq', { mode: 'number' }).generatedAlwaysAsIdentity().primaryKey(),
    workspaceId: workspaceId(),
    rawEventId: uuid('raw_event_id').notNull(),
  },
  (t) => [index('pending_raw_events_workspace').on(t.workspaceId, t.seq)],
);

/** Queue: webhooks that carry an id only and are filled in by asking the vendor, after they were answered. */
export const pendingNotices = pgTable(
  'pending_notices',
  {
    seq: bigint('seq', { mode: 'number' }).generatedAlwaysAsIdentity().primaryKey(),
    workspaceId: workspaceId(),
    sourceId: uuid('source_id').notNull(),
    /** The item as the webhook gave it. */
    item: jsonb('item').notNull(),
    tries: integer('tries').notNull().default(0),
    nextTryAt: at('next_try_at').notNull(),
  },
  (t) => [index('pending_notices_due').on(t.workspaceId, t.nextTryAt)],
);

/** What could not be taken in, with the reason; emptied after 30 days. */
export const quarantine = pgTable(
  'quarantine',
  {
    workspaceId: workspaceId(),
    id: uuid('id').notNull(),
    sourceId: uuid('source_id').notNull(),
    runId: uuid('run_id'),
    uploadId: uuid('upload_id'),
    subject: uuid('subject'),
    stream: text('stream').notNull(),
    /** Line of the file, 1 is the first after the header. */
    line: integer('line'),
    /** The field at fault: `batch.3.userId`, `amount`. */
    path: text('path').notNull().default(''),
    reason: text('reason').notNull(),
    payload: jsonb('payload'),
    receivedAt: at('received_at').notNull(),
  },
  (t) => [
    primaryKey({ columns: [t.workspaceId, t.id] }),
    index('quarantine_source').on(t.workspaceId, t.sourceId, t.receivedAt),
  ],
);

/** A CSV file that was uploaded: its mapping and how far it came. The bytes lie in DATA_DIR/uploads. */
export const uploads = pgTable(
  'uploads',
  {
    workspaceId: workspaceId(),
    id: uuid('id').notNull(),
    sourceId: uuid('source_id').notNull(),
    fileHash: text('file_hash').notNull(),
    fileName: text('file_name').notNull(),
    /** Sorted header names joined; the last mapping for the same header is offered again. */
    headerKey: text('header_key').notNull(),
    encoding: text('encoding').notNull(),
    delimiter: text('delimiter').notNull(),
    kind: text('kind'),
    mapping: jsonb('mapping'),
    status: text('status').notNull(),
    rows: bigint('rows', { mode: 'number' }).notNull().default(0),
    accepted: bigint('accepted', { mode: 'number' }).notNull().default(0),
    unchanged: bigint('unchanged', { mode: 'number' }).notNull().default(0),
    quarantined: bigint('quarantined', { mode: 'number' }).notNull().default(0),
    bytes: bigint('bytes', { mode: 'number' }).notNull().default(0),
    bytesRead: bigint('bytes_read', { mode: 'number' }).notNull().default(0),
    message: text('message'),
    createdBy: uuid('created_by'),
    createdAt: at('created_at').notNull(),
    finishedAt: at('finished_at'),
  },
  (t) => [
    primaryKey({ columns: [t.workspaceId, t.id] }),
    check('uploads_status', sql`${t.status} in ('uploaded', 'running', 'succeeded', 'failed')`),
  ],
);
