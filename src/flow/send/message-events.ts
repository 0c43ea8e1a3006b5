import { now } from '../../base/clock.ts';
import type { Db } from '../../db/pool.ts';
import { createSource, findSourceByKey } from '../collect/sources.ts';
import { storeItems } from '../collect/store.ts';

/** What our own messages tell; each kind is a stream of the built-in source `messages`. */
export type MessageEvent = {
  stream:
    | 'email_sent'
    | 'email_opened'
    | 'email_clicked'
    | 'email_bounced'
    | 'email_complained'
    | 'newsletter_subscribed'
    | 'newsletter_unsubscribed';
  /** Makes the event known again: the delivery, for a click the delivery, the moment and the target. */
  externalId: string;
  identifier: { kind: string; value: string };
  properties: Record<string, unknown>;
};

/** Keeps what a message learned as raw events beside whatever else the caller's transaction writes. */
export async function storeMessageEvents(db: Db, workspaceId: string, events: MessageEvent[]): Promise<void> {
  if (events.length === 0) return;
  const sourceId = await ensureMessagesSource(db, workspaceId);
  const items = events.map(({ stream, externalId, identifier, properties }) => ({
    stream,
    externalId,
    // It never changes: the first telling stands.
    version: '',
    payload: { identifier, properties, occurredAt: now().toISOString() },
  }));
  await storeItems(db, { workspaceId, sourceId }, items);
}

/** The source of a workspace's own messages; made when the first message tells something. */
export async function ensureMessagesSource(db: Db, workspaceId: string): Promise<string> {
  const known = await findSourceByKey(db, workspaceId, 'messages');
  if (known) return known.id;
  const { source } = await createSource(db, {
    workspace: { id: workspaceId },
    connector: 'messages',
    name: 'Messages',
    settings: {},
  });
  return source.id;
}
