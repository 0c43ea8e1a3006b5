import { z } from 'zod';
import { Invalid } from '../../../base/errors.ts';
import { withWorkspace } from '../../../db/doors.ts';
import { selectExamples } from '../../../flow/send/choices.sql.ts';
import type { Composed } from '../../../flow/send/compose.ts';
import { previewMail, sendTest } from '../../../flow/send/preview.ts';
import { audit } from '../../audit.ts';
import { maskFor } from '../../models/format.ts';
import { type PageContext, page } from '../../page.ts';
import { canWrite, crumbsOf, idParams, type MessageFacts, readFacts, tabsOf } from './facts.ts';

const EXAMPLES = 8;
const as = z.union([z.guid(), z.literal('')]).optional();

/** The message as a real person of its segment would get it. */
export const showPreview = page({
  params: idParams,
  query: z.strictObject({ as, q: z.string().max(200).default('') }),
  handle: async (request) => {
    const facts = await readFacts(request, request.params.id);
    const people = await findExamples(request, facts, request.query.q);
    const chosen = request.query.as || people[0]?.id || null;
    const { composed, problem } = await compose(request, facts, chosen);
    const base = `/messages/${facts.campaign.id}`;
    return {
      view: 'messages/preview',
      title: facts.campaign.name,
      crumbs: crumbsOf(facts.campaign, 'Preview'),
      model: {
        base,
        tabs: tabsOf(request, facts.campaign, 'preview'),
        q: request.query.q,
        people: people.map((one) => ({
          ...one,
          href: `${base}/preview?as=${one.id}`,
          isCurrent: one.id === chosen,
        })),
        chosen,
        problem,
        subject: composed?.mail.subject ?? '',
        from: composed
          ? `${composed.mail.from.name} <${composed.mail.from.address || 'no From address yet'}>`
          : '',
        missing: composed?.missing ?? [],
        text: composed?.mail.text ?? '',
        body: `${base}/preview/body?as=${chosen ?? ''}`,
        canWrite: canWrite(request),
        mine: request.user.email,
      },
    };
  },
});

/** What the box without scripts shows. */
export const showPreviewBody = page({
  params: idParams,
  query: z.strictObject({ as }),
  handle: async (request) => {
    const facts = await readFacts(request, request.params.id);
    const { composed, problem } = await compose(request, facts, request.query.as || null);
    return {
      sandbox: composed?.mail.html ?? `<p>${problem === null ? '' : 'This message cannot be shown yet.'}</p>`,
    };
  },
});

/** To the colleague's own address only: a test must not reach anybody else. */
export const createTestSend = page({
  params: idParams,
  body: z.strictObject({ as }),
  handle: async (request) => {
    const { campaign } = await readFacts(request, request.params.id);
    const { web, workspace, config, user } = request;
    const end = await withWorkspace(web, workspace.id, async (scope) => {
      return await sendTest(
        scope.db,
        campaign,
        { workspace: scope.workspace, config },
        { as: request.body.as || null, to: user.email },
      );
    });
    await audit(request, 'message.tested', { subject: campaign.id });
    const flash =
      end === 'sent'
        ? `A test was sent to ${user.email}.`
        : 'There is no mail server: the test lies in the outbox.';
    return { redirect: `/messages/${campaign.id}/preview?as=${request.body.as ?? ''}`, flash };
  },
});

async function findExamples(request: PageContext, { campaign }: MessageFacts, q: string) {
  const wish = { segmentKey: campaign.segmentKey, words: q, limit: EXAMPLES };
  const rows = await withWorkspace(request.web, request.workspace.id, ({ db }) =>
    selectExamples(db, request.workspace.id, wish),
  );
  const { role } = request.user;
  return rows.map((row) => ({
    id: row.profile_id,
    name: row.name ?? maskFor(role, row.email),
    address: maskFor(role, row.email),
  }));
}

async function compose(
  request: PageContext,
  { campaign }: MessageFacts,
  chosen: string | null,
): Promise<{ composed: Composed | null; problem: string | null }> {
  const { web, workspace, config } = request;
  try {
    const composed = await withWorkspace(web, workspace.id, async (scope) => {
      return await previewMail(scope.db, campaign, { workspace: scope.workspace, config }, chosen);
    });
    return { composed, problem: null };
  } catch (error) {
    if (!(error instanceof Invalid)) throw error;
    return { composed: null, problem: error.issues[0]?.message ?? error.message };
  }
}
