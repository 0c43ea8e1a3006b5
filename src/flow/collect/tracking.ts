import { Invalid, type Issue } from '../../base/errors.ts';
import type { Item } from '../../connectors/contract.ts';
import { MESSAGE_TYPES, type MessageType } from '../../connectors/http-api/message.ts';
import { newId } from '../../db/ids.ts';
import { hashPayload } from './canonical.ts';
import { TRACKING_LIMITS } from './limits.ts';
import type { QuarantinedItem } from './quarantine.ts';
import { checkMessage } from './tracking-message.ts';
import { cutDown, findMisshape } from './tracking-shape.ts';
import { settleTime } from './tracking-time.ts';

/** What a body of the tracking API came to: items to store, and what was refused with its place. */
export type TrackedBody = { items: Item[]; refused: QuarantinedItem[]; issues: Issue[] };

type Batch = { calls: unknown[]; prefix: string; sentAt: unknown; context: unknown };

/** Reads one call, or a batch of them. What is wrong with one call does not sink the others. */
export function readTracking(body: unknown, kind: MessageType | 'batch', receivedAt: Date): TrackedBody {
  const batch =
    kind === 'batch'
      ? openBatch(body)
      : { calls: [withType(body, kind)], prefix: '', sentAt: undefined, context: undefined };
  const tracked: TrackedBody = { items: [], refused: [], issues: [] };
  for (const [position, call] of batch.calls.slice(0, TRACKING_LIMITS.batchEvents).entries()) {
    addCall(tracked, call, { path: batch.prefix ? `${batch.prefix}.${position}` : '', batch, receivedAt });
  }
  refuseRest(tracked, batch);
  return tracked;
}

function openBatch(body: unknown): Batch {
  if (!isRecord(body))
    throw new Invalid([{ path: '', message: 'The body must be an object with a list called batch.' }]);
  const { batch, sentAt, context } = body;
  if (!Array.isArray(batch))
    throw new Invalid([{ path: 'batch', message: 'The batch must be a list of calls.' }]);
  if (batch.length === 0) throw new Invalid([{ path: 'batch', message: 'The batch is empty.' }]);
  return { calls: batch, prefix: 'batch', sentAt, context };
}

function withType(body: unknown, type: MessageType): unknown {
  return isRecord(body) ? { ...body, type } : body;
}

type Place = { path: string; batch: Batch; receivedAt: Date };

function addCall(tracked: TrackedBody, call: unknown, place: Place): void {
  try {
    tracked.items.push(toItem(call, place));
  } catch (error) {
    if (!(error instanceof Invalid)) throw error;
    const issues = error.issues.map(({ path, message }) => ({
      path: [place.path, path].filter(Boolean).join('.'),
      message,
    }));
    tracked.issues.push(...issues);
    tracked.refused.push({
      stream: streamOf(call),
      path: issues[0]!.path,
      reason: issues[0]!.message,
      payload: cutDown(call),
    });
  }
}

function toItem(call: unknown, { batch, receivedAt }: Place): Item {
  const message = withoutEnvelope(call, batch.context);
  const misshape = findMisshape(message) ?? findOversize(message);
  if (misshape) throw new Invalid([misshape]);
  const issues = checkMessage(message);
  if (issues.length > 0) throw new Invalid(issues);
  const { sentAt, ...said } = message;
  const { occurredAt, givenAt } = settleTime(message, batch.sentAt, receivedAt);
  const times = { occurredAt: occurredAt.toISOString(), receivedAt: receivedAt.toISOString() };
  return {
    stream: String(message.type),
    externalId: nameCall(said),
    // A call never changes: what comes again under its id is the same call.
    version: '',
    payload: { message: said, ...times, ...(givenAt ? { givenAt } : {}) },
  };
}

/** Without the key, which is a secret of the sender, and with what the batch says of all its calls. */
function withoutEnvelope(call: unknown, context: unknown): Record<string, unknown> {
  if (!isRecord(call)) throw new Invalid([{ path: '', message: 'A call must be an object.' }]);
  const { writeKey, ...message } = call;
  if (!isRecord(context)) return message;
  return { ...message, context: { ...context, ...(isRecord(message.context) ? message.context : {}) } };
}

function findOversize(message: Record<string, unknown>): Issue | null {
  const bytes = Buffer.byteLength(JSON.stringify(message));
  const most = TRACKING_LIMITS.eventBytes;
  return bytes > most ? { path: '', message: `The call is ${bytes} bytes long; ${most} is the most.` } : null;
}

/** A call is known by its messageId; without one by what it says, if it carries its own time; else it is new. */
function nameCall(said: Record<string, unknown>): string {
  const { messageId } = said;
  if (typeof messageId === 'number') return String(messageId);
  if (typeof messageId === 'string' && messageId !== '') {
    if (messageId.length <= TRACKING_LIMITS.idChars) return messageId;
    throw new Invalid([
      { path: 'messageId', message: `It is longer than ${TRACKING_LIMITS.idChars} characters.` },
    ]);
  }
  return said.timestamp || said.originalTimestamp ? `hash:${hashPayload(said)}` : newId();
}

function refuseRest(tracked: TrackedBody, { calls, prefix }: Batch): void {
  const most = TRACKING_LIMITS.batchEvents;
  if (calls.length <= most) return;
  const issue = {
    path: `${prefix}.${most}`,
    message: `A batch holds at most ${most} calls; this one has ${calls.length}.`,
  };
  tracked.issues.push(issue);
  tracked.refused.push({
    stream: 'batch',
    path: issue.path,
    reason: issue.message,
    payload: cutDown(calls.slice(most, 2 * most)),
  });
}

function streamOf(call: unknown): string {
  const type = isRecord(call) ? call.type : undefined;
  return MESSAGE_TYPES.find((known) => known === type) ?? 'unknown';
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
