import { withWorkspace } from '../db/doors.ts';
import { writeAudit } from '../staff/audit.ts';
import type { PageContext } from './page.ts';

/** Notes what a colleague did on a page. Never the value of a secret. */
export async function audit(
  request: Pick<PageContext, 'web' | 'workspace' | 'user' | 'address'>,
  action: string,
  about: { subject?: string; details?: Record<string, unknown> } = {},
): Promise<void> {
  const { workspace, user, address } = request;
  await withWorkspace(request.web, workspace.id, ({ db }) =>
    writeAudit(db, { workspaceId: workspace.id, userId: user.id, action, address, ...about }),
  );
}
