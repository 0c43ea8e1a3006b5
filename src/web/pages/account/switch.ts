import { z } from 'zod';
import { NotFound } from '../../../base/errors.ts';
import { isColleague } from '../../../staff/colleagues.ts';
import { page } from '../../page.ts';

/** Goes to another workspace of the same person. */
export const switchWorkspace = page({
  body: z.strictObject({ workspaceId: z.uuid() }),
  handle: async (request) => {
    const { workspaceId } = request.body;
    if (!(await isColleague(request.pipeline, workspaceId, request.user.id)))
      throw new NotFound('There is no such workspace.');
    request.session.useWorkspace(workspaceId);
    return { redirect: '/' };
  },
});
