import { z } from 'zod';
import { withWorkspace } from '../../../db/doors.ts';
import { type Campaign, createCampaign, removeDraft, updateCampaign } from '../../../flow/send/campaigns.ts';
import { selectSegments } from '../../../flow/send/choices.sql.ts';
import { listTopics } from '../../../flow/send/topics.ts';
import type { ViewAnswer } from '../../answers.ts';
import { audit } from '../../audit.ts';
import { plural } from '../../models/format.ts';
import { type PageContext, page, type Rejected } from '../../page.ts';
import { crumbsOf, idParams, readFacts, tabsOf } from './facts.ts';

const text = z.string();
/** Checked for good by flow/send, which knows segments, topics and templates. */
const body = z.strictObject({
  name: text,
  segmentKey: text,
  topic: text,
  subject: text,
  preheader: text,
  html: text,
  text,
  fromName: text,
  fromEmail: text,
  controlPercent: text,
});

const FIRST_WORDS = `<h1>Hello {{ firstName | default: "there" }}</h1>

<p>Write your message here.</p>

<p><a href="https://example.com">Read more</a></p>

<p><a href="{{ unsubscribe_url }}">Unsubscribe</a> · <a href="{{ preferences_url }}">Choose what you get</a></p>
`;

export const newMessage = page({
  query: z.strictObject({ segment: text.optional() }),
  handle: async (request) =>
    await editPage(
      request,
      null,
      { html: FIRST_WORDS, controlPercent: '0', segmentKey: request.query.segment ?? '' },
      {},
    ),
});

export const createMessage = page({
  body,
  handle: async (request) => {
    const { web, workspace, user } = request;
    const made = await withWorkspace(web, workspace.id, async ({ db }) => {
      return await createCampaign(db, { workspaceId: workspace.id, userId: user.id }, request.body);
    });
    await audit(request, 'message.created', { subject: made.id, details: { name: made.name } });
    return { redirect: `/messages/${made.id}/preview`, flash: 'Saved as a draft. This is how it looks.' };
  },
  invalid: async (request) => await editPage(request, null, request.values, request.errors),
});

export const updateMessage = page({
  params: idParams,
  body,
  handle: async (request) => {
    const { web, workspace, params } = request;
    const changed = await withWorkspace(
      web,
      workspace.id,
      async ({ db }) => await updateCampaign(db, workspace.id, params.id, request.body),
    );
    await audit(request, 'message.changed', { subject: changed.id, details: { name: changed.name } });
    return { redirect: `/messages/${params.id}`, flash: 'Saved.' };
  },
  invalid: async (request) => {
    const { campaign } = await readFacts(request, request.params.id);
    return await editPage(request, campaign, request.values, request.errors);
  },
});

export const removeMessage = page({
  params: idParams,
  body: z.strictObject({}),
  handle: async (request) => {
    const { web, workspace, params } = request;
    await withWorkspace(web, workspace.id, async ({ db }) => await removeDraft(db, workspace.id, params.id));
    await audit(request, 'message.removed', { subject: params.id });
    return { redirect: '/messages', flash: 'The draft was removed.' };
  },
});

/** The form of a draft, filled from it or with what was typed. */
export async function editPage(
  request: PageContext,
  campaign: Campaign | null,
  values: Record<string, unknown>,
  errors: Rejected['errors'],
): Promise<ViewAnswer> {
  const { web, workspace } = request;
  const choices = await withWorkspace(web, workspace.id, async ({ db }) => ({
    segments: await selectSegments(db, workspace.id),
    topics: await listTopics(db, workspace.id),
  }));
  return {
    view: 'messages/edit',
    title: campaign?.name ?? 'Write a message',
    crumbs: campaign ? crumbsOf(campaign) : [{ label: 'Messages', href: '/messages' }, { label: 'New' }],
    errors,
    model: {
      action: campaign ? `/messages/${campaign.id}` : '/messages',
      removal: campaign ? `/messages/${campaign.id}/removals` : null,
      tabs: campaign ? tabsOf(request, campaign, 'message') : null,
      values: { ...(campaign ?? {}), ...values },
      segments: [
        { value: '', label: 'Choose a segment' },
        ...choices.segments.map((one) => ({ value: one.key, label: sized(one) })),
      ],
      topics: choices.topics.map((topic) => ({ value: topic.key, label: topic.name })),
      hasErrors: Object.keys(errors).length > 0,
      common: errors[''] ?? null,
    },
  };
}

function sized({ name, size }: { name: string; size: number | null }): string {
  return size === null ? name : `${name} (${plural(size, 'person', 'people')})`;
}
