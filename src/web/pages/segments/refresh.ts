import { z } from 'zod';
import { refreshWorkspace } from '../../../flow/segment/refresh.ts';
import { carry } from '../../../tasks/pipeline.ts';
import { page } from '../../page.ts';

/** Counts every segment now: what waits is carried to people first. */
export const countNow = page({
  body: z.strictObject({}),
  handle: async ({ pipeline, workspace }) => {
    await carry(pipeline, workspace.id, { waitMs: 5_000 });
    const done = await refreshWorkspace(pipeline, workspace.id, { trigger: 'person', waitMs: 20_000 });
    return { redirect: '/segments', flash: `Counted: ${done.entered} entered, ${done.left} left.` };
  },
});
