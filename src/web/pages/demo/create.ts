import { z } from 'zod';
import type { Config } from '../../../base/config.ts';
import { log } from '../../../base/log.ts';
import { joinDemo, loadDemo } from '../../../tasks/demo.ts';
import { audit } from '../../audit.ts';
import { page } from '../../page.ts';

/** Loads the demo business in the background and goes there at once; its board fills up while one looks. */
export const createDemo = page({
  body: z.strictObject({}),
  handle: async (request) => {
    const { pipeline, user, config } = request;
    const demo = await joinDemo(pipeline, user.id);
    await audit(request, 'demo_loaded', { subject: demo.id });
    loadDemo({ database: pipeline, baseUrl: ownAddress(config) }, demo).catch((error: unknown) =>
      log.error({ err: error, workspace: demo.id }, 'The demo business could not be loaded'),
    );
    request.session.useWorkspace(demo.id);
    return { redirect: '/', flash: 'The demo business is being loaded. It is complete in about a minute.' };
  },
});

/** Where this very process answers, whatever stands before it. */
function ownAddress({ host, port }: Pick<Config, 'host' | 'port'>): string {
  const isAny = host === '0.0.0.0' || host === '::';
  return `http://${isAny ? '127.0.0.1' : host}:${port}`;
}
