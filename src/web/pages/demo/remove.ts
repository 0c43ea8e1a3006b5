import { z } from 'zod';
import { removeDemo } from '../../../tasks/demo.ts';
import { page } from '../../page.ts';

/** Takes the demo business away. Whoever has a business of their own finds themselves there; the others sign out. */
export const deleteDemo = page({
  body: z.strictObject({}),
  handle: async (request) => {
    await removeDemo(request.pipeline, request.workspace.id);
    return { redirect: '/', flash: 'The demo business is gone, with everything in it.' };
  },
});
