import { z } from 'zod';
import { withWorkspace } from '../../../db/doors.ts';
import { withoutPicture } from '../../../flow/send/compose.ts';
import { getOutboxMail, listOutbox } from '../../../flow/send/outbox.ts';
import { formatDateTime, isoOf, maskFor } from '../../models/format.ts';
import { type PageContext, page } from '../../page.ts';
import { idParams } from './facts.ts';

const ROWS = 50;
const crumbs = [{ label: 'Messages', href: '/messages' }, { label: 'Outbox' }];
const headers = z.record(z.string(), z.string());

/** What would have been sent while no mail server is set, and every test message. */
export const showOutbox = page({
  query: z.strictObject({ before: z.iso.datetime().optional() }),
  handle: async (request) => {
    const { web, workspace, user, query } = request;
    const before = query.before ? new Date(query.before) : null;
    const rows = await withWorkspace(web, workspace.id, ({ db }) =>
      listOutbox(db, workspace.id, { before, limit: ROWS + 1 }),
    );
    const shown = rows.slice(0, ROWS);
    return {
      view: 'messages/outbox',
      title: 'Outbox',
      crumbs,
      model: {
        hasMail: request.config.smtpUrl !== null,
        rows: shown.map((row) => ({
          href: `/messages/outbox/${row.id}`,
          subject: row.subject,
          to: maskFor(user.role, row.toAddress),
          kind: row.profileId ? 'Campaign' : 'Test',
          at: formatDateTime(row.createdAt, workspace.timezone),
          atIso: isoOf(row.createdAt),
        })),
        next:
          rows.length > ROWS
            ? `/messages/outbox?before=${encodeURIComponent(shown.at(-1)!.createdAt.toISOString())}`
            : null,
        first: before ? '/messages/outbox' : null,
      },
    };
  },
});

export const showOutboxMail = page({
  params: idParams,
  handle: async (request) => {
    const mail = await readMail(request, request.params.id);
    return {
      view: 'messages/mail',
      title: mail.subject,
      crumbs: [crumbs[0]!, { label: 'Outbox', href: '/messages/outbox' }, { label: mail.subject }],
      model: {
        to: maskFor(request.user.role, mail.toAddress),
        at: formatDateTime(mail.createdAt, request.workspace.timezone),
        // Links in headers open a person's own pages: they are for whoever may write to people.
        headers: Object.entries(headers.parse(mail.headers)).filter(
          ([name]) => request.user.role !== 'viewer' || name === 'From',
        ),
        text: request.user.role === 'viewer' ? null : mail.text,
        body: request.user.role === 'viewer' ? null : `/messages/outbox/${mail.id}/body`,
      },
    };
  },
});

export const showOutboxBody = page({
  params: idParams,
  handle: async (request) => ({ sandbox: withoutPicture((await readMail(request, request.params.id)).html) }),
});

async function readMail(request: PageContext, id: string) {
  const { web, workspace } = request;
  return await withWorkspace(web, workspace.id, async ({ db }) => await getOutboxMail(db, workspace.id, id));
}
