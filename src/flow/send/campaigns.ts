import { and, desc, eq } from 'drizzle-orm';
import { z } from 'zod';
import { now } from '../../base/clock.ts';
import { Conflict, Invalid, type Issue, NotFound } from '../../base/errors.ts';
import { newId } from '../../db/ids.ts';
import type { Db } from '../../db/pool.ts';
import { segments } from '../../db/schema/segment.ts';
import { campaigns } from '../../db/schema/send.ts';
import { checkTemplates } from './render/renderer.ts';
import { headerLine, senderAddress } from './settings.ts';
import { adoptTopic, findTopic } from './topics.ts';

/** Mail programs cut a message at some 100 kB; five times that is certainly a mistake. */
const MAX_HTML = 500_000;

/** What a marketer writes. Every text that becomes a header is one line. */
export const campaignDraft = z.strictObject({
  name: headerLine.min(1, 'Give it a name.'),
  segmentKey: z.string().min(1, 'Choose a segment.').max(200),
  topic: z.string().min(1, 'Choose a topic.').max(200),
  subject: headerLine.min(1, 'Write a subject.'),
  preheader: headerLine.default(''),
  html: z.string().min(1, 'Write the message.').max(MAX_HTML, 'Use at most 500,000 characters.'),
  text: z.string().max(MAX_HTML, 'Use at most 500,000 characters.').default(''),
  fromName: headerLine.default(''),
  fromEmail: senderAddress.default(''),
  controlPercent: z.coerce.number().int().min(0).max(50).default(0),
});
export type CampaignDraft = z.infer<typeof campaignDraft>;
export type Campaign = typeof campaigns.$inferSelect;

export async function createCampaign(
  db: Db,
  scope: { workspaceId: string; userId?: string | null },
  given: unknown,
): Promise<Campaign> {
  const draft = await checkDraft(db, scope.workspaceId, given);
  const [made] = await db
    .insert(campaigns)
    .values({
      ...draft,
      workspaceId: scope.workspaceId,
      id: newId(),
      status: 'draft',
      createdBy: scope.userId ?? null,
      createdAt: now(),
      updatedAt: now(),
    })
    .returning();
  return made!;
}

/** Changes a draft; what has started stays as it was sent. */
export async function updateCampaign(
  db: Db,
  workspaceId: string,
  id: string,
  given: unknown,
): Promise<Campaign> {
  const draft = await checkDraft(db, workspaceId, given);
  const [changed] = await db
    .update(campaigns)
    .set({ ...draft, updatedAt: now() })
    .where(and(isCampaign(workspaceId, id), eq(campaigns.status, 'draft')))
    .returning();
  if (changed) return changed;
  await getCampaign(db, workspaceId, id);
  throw new Conflict('This campaign has started: it can no longer be changed.');
}

export async function removeDraft(db: Db, workspaceId: string, id: string): Promise<void> {
  const removed = await db
    .delete(campaigns)
    .where(and(isCampaign(workspaceId, id), eq(campaigns.status, 'draft')))
    .returning({ id: campaigns.id });
  if (removed.length > 0) return;
  await getCampaign(db, workspaceId, id);
  throw new Conflict('Only a draft can be removed: people got this campaign.');
}

export async function getCampaign(db: Db, workspaceId: string, id: string): Promise<Campaign> {
  const [row] = await db.select().from(campaigns).where(isCampaign(workspaceId, id));
  if (!row) throw new NotFound('There is no such campaign.');
  return row;
}

/** Newest first, at most `limit`. */
export async function listCampaigns(db: Db, workspaceId: string, limit = 200): Promise<Campaign[]> {
  return await db
    .select()
    .from(campaigns)
    .where(eq(campaigns.workspaceId, workspaceId))
    .orderBy(desc(campaigns.createdAt), desc(campaigns.id))
    .limit(limit);
}

/** Stops between two messages; `sending` goes on with it. */
export async function setSending(
  db: Db,
  workspaceId: string,
  id: string,
  status: 'paused' | 'sending',
): Promise<void> {
  const from = status === 'paused' ? 'sending' : 'paused';
  const changed = await db
    .update(campaigns)
    .set({ status, statusReason: null, updatedAt: now() })
    .where(and(isCampaign(workspaceId, id), eq(campaigns.status, from)))
    .returning({ id: campaigns.id });
  if (changed.length > 0) return;
  const { status: present } = await getCampaign(db, workspaceId, id);
  throw new Conflict(`This campaign is ${present}.`);
}

/** Keeps what the audience was counted to be, and as of when, while the campaign is a draft. */
export async function saveAudienceCount(
  db: Db,
  given: { workspaceId: string; campaignId: string; waterfall: unknown; asOf: Date | null },
): Promise<void> {
  await db
    .update(campaigns)
    .set({ waterfall: given.waterfall, audienceAsOf: given.asOf })
    .where(and(isCampaign(given.workspaceId, given.campaignId), eq(campaigns.status, 'draft')));
}

export function isCampaign(workspaceId: string, id: string) {
  return and(eq(campaigns.workspaceId, workspaceId), eq(campaigns.id, id));
}

async function checkDraft(db: Db, workspaceId: string, given: unknown) {
  const parsed = campaignDraft.safeParse(given);
  if (!parsed.success) throw new Invalid(parsed.error.issues.map(toIssue));
  const draft = parsed.data;
  const issues = [...(await checkNames(db, workspaceId, draft)), ...(await checkWords(draft))];
  if (issues.length > 0) throw new Invalid(issues);
  return {
    ...draft,
    preheader: draft.preheader || null,
    text: draft.text.trim() === '' ? null : draft.text,
    fromName: draft.fromName || null,
    fromEmail: draft.fromEmail || null,
  };
}

async function checkNames(db: Db, workspaceId: string, draft: CampaignDraft): Promise<Issue[]> {
  const issues: Issue[] = [];
  const [segment] = await db
    .select({ removedAt: segments.removedAt })
    .from(segments)
    .where(and(eq(segments.workspaceId, workspaceId), eq(segments.key, draft.segmentKey)));
  if (!segment || segment.removedAt)
    issues.push({ path: 'segmentKey', message: 'There is no such segment.' });
  const topic =
    (await findTopic(db, workspaceId, draft.topic)) ?? (await adoptTopic(db, workspaceId, draft.topic));
  if (!topic) issues.push({ path: 'topic', message: 'There is no such topic.' });
  return issues;
}

async function checkWords(draft: CampaignDraft): Promise<Issue[]> {
  const { subject, preheader, html, text } = draft;
  return (await checkTemplates({ subject, preheader, html, text })).issues;
}

function toIssue(issue: z.core.$ZodIssue): Issue {
  if (issue.code === 'unrecognized_keys')
    return { path: issue.keys.join(', '), message: 'This field is not known.' };
  return { path: issue.path.join('.'), message: issue.message };
}
