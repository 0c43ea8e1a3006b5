import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import { isLoopbackUrl } from '../../../base/config.ts';
import { Conflict, ConnectorError } from '../../../base/errors.ts';
import { log } from '../../../base/log.ts';
import { withWorkspace } from '../../../db/doors.ts';
import { registerHook, unregisterHook } from '../../../flow/collect/hook-registration.ts';
import { getConnector, getSource } from '../../../flow/collect/sources.ts';
import { writeAudit } from '../../../staff/audit.ts';
import type { Flash } from '../../answers.ts';
import { type PageContext, page } from '../../page.ts';

/** Most vendors answer within this time; of the others the page says that it goes on. */
const PATIENCE_MS = 8_000;
const params = z.strictObject({ id: z.uuid() });

/** Tells the vendor our webhook address, where it can be told by a program. */
export const registerWebhook = page({
  params,
  body: z.strictObject({}),
  handle: async (request) => {
    const { id } = request.params;
    await withWorkspace(request.web, request.workspace.id, async ({ db, workspace }) => {
      const source = await getSource(db, workspace.id, id);
      await writeAudit(db, {
        workspaceId: workspace.id,
        userId: request.user.id,
        action: 'source.webhook-registered',
        subject: source.id,
        details: { connector: source.connector, name: source.name },
        address: request.address,
      });
    });
    return { redirect: `/sources/${id}`, flash: await tellVendor(request, id) };
  },
});

/** The same for a source that was just connected; null where nobody could reach us, or nothing can be told. */
export async function tellVendorOf(
  request: PageContext,
  source: { id: string; connector: string },
): Promise<string | null> {
  const canTell = getConnector(source.connector).hooks?.register !== undefined;
  if (!canTell || isLoopbackUrl(request.config.baseUrl)) return null;
  return (await tellVendor(request, source.id)).text;
}

/** Before a source is removed, since its keys go with it. In words what is left to do by hand. */
export async function takeBackWebhook(request: PageContext, sourceId: string): Promise<string | null> {
  const given = { workspaceId: request.workspace.id, sourceId, baseUrl: request.config.baseUrl };
  const work = unregisterHook(request.pipeline, given).then((trouble) =>
    trouble === null ? null : `Its webhook is still set up at the vendor: ${trouble} Delete it there.`,
  );
  const late = 'The vendor has not answered yet: look there whether its webhook is gone.';
  return await Promise.race([work, sleep(PATIENCE_MS, late, { ref: false })]);
}

async function tellVendor(request: PageContext, sourceId: string): Promise<Flash> {
  const given = { workspaceId: request.workspace.id, sourceId, baseUrl: request.config.baseUrl };
  const told = registerHook(request.pipeline, given).then(
    (): Flash => ({ kind: 'success', text: 'The vendor now sends changes to this source at once.' }),
    (error): Flash => {
      if (error instanceof ConnectorError || error instanceof Conflict)
        return { kind: 'warning', text: `The webhook could not be set up for you. ${error.message}` };
      log.error({ err: error, source: sourceId }, 'A webhook could not be registered');
      return { kind: 'warning', text: 'The webhook could not be set up for you; the log says why.' };
    },
  );
  const late: Flash = { kind: 'success', text: 'The vendor is being told where to send changes.' };
  return await Promise.race([told, sleep(PATIENCE_MS, late, { ref: false })]);
}
