import { and, asc, eq } from 'drizzle-orm';
import { now } from '../../base/clock.ts';
import { Invalid } from '../../base/errors.ts';
import type { Workspace } from '../../db/doors.ts';
import type { Db } from '../../db/pool.ts';
import { consents } from '../../db/schema/profile.ts';
import { topics } from '../../db/schema/send.ts';

export type Topic = { key: string; name: string; description: string | null };

/** What nearly every business writes: people can leave the offers and keep the newsletter. */
const DEFAULT_TOPICS: Topic[] = [
  { key: 'newsletter', name: 'Newsletter', description: 'News and stories, now and then.' },
  { key: 'offers', name: 'Offers', description: 'Discounts and what is new in the shop.' },
];

/** The topics every workspace begins with. May be called again. */
export async function createDefaultTopics(db: Db, workspace: Pick<Workspace, 'id'>): Promise<void> {
  await db
    .insert(topics)
    .values(DEFAULT_TOPICS.map((topic) => ({ ...topic, workspaceId: workspace.id, createdAt: now() })))
    .onConflictDoNothing();
}

/** A workspace that was made before topics were has its first ones from here on. */
export async function listTopics(db: Db, workspaceId: string): Promise<Topic[]> {
  const found = await selectTopics(db, workspaceId);
  if (found.length > 0) return found;
  await createDefaultTopics(db, { id: workspaceId });
  return await selectTopics(db, workspaceId);
}

/** Adds a topic people can subscribe to; a key that is there keeps its name. */
export async function createTopic(db: Db, workspaceId: string, topic: Topic): Promise<void> {
  if (!/^[a-z0-9][a-z0-9-]{0,62}$/.test(topic.key)) {
    throw new Invalid([{ path: 'topic', message: 'Use small letters, digits and dashes.' }]);
  }
  await db
    .insert(topics)
    .values({ ...topic, workspaceId, createdAt: now() })
    .onConflictDoNothing();
}

export async function findTopic(db: Db, workspaceId: string, key: string): Promise<Topic | null> {
  const known = await listTopics(db, workspaceId);
  return known.find((topic) => topic.key === key) ?? null;
}

/** A topic that people decided about at a source (a Mailchimp audience) becomes one of ours when it is first used. */
export async function adoptTopic(db: Db, workspaceId: string, key: string): Promise<Topic | null> {
  const [known] = await db
    .select({ topic: consents.topic })
    .from(consents)
    .where(and(eq(consents.workspaceId, workspaceId), eq(consents.topic, key)))
    .limit(1);
  if (!known) return null;
  const topic = { key, name: key, description: null };
  await db
    .insert(topics)
    .values({ ...topic, workspaceId, createdAt: now() })
    .onConflictDoNothing();
  return topic;
}

async function selectTopics(db: Db, workspaceId: string): Promise<Topic[]> {
  return await db
    .select({ key: topics.key, name: topics.name, description: topics.description })
    .from(topics)
    .where(eq(topics.workspaceId, workspaceId))
    .orderBy(asc(topics.createdAt), asc(topics.key));
}
