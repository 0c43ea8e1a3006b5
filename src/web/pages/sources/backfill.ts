import { z } from 'zod';
import { now } from '../../../base/clock.ts';
import { Invalid } from '../../../base/errors.ts';
import { localDayOf, readInstant, startOfDay } from '../../../base/local-times.ts';
import { withWorkspace } from '../../../db/doors.ts';
import { getSource } from '../../../flow/collect/sources.ts';
import { startSync } from '../../../tasks/syncing.ts';
import type { ViewAnswer } from '../../answers.ts';
import { audit } from '../../audit.ts';
import { type PageContext, page } from '../../page.ts';
import { crumbsOf } from './facts.ts';

const params = z.strictObject({ id: z.uuid() });
/** Before it no vendor kept anything. */
const EARLIEST = '2000-01-01';

/** Asks which days of a source shall be read once more. */
export const showBackfillForm = page({
  params,
  handle: async (request) => await drawForm(request, request.params.id, { values: {}, errors: {} }),
});

/** Reads everything of these days, whatever was read before; where the streams stand does not move. */
export const startBackfill = page({
  params,
  body: z.strictObject({ from: z.string().max(20), to: z.string().max(20) }),
  handle: async (request) => {
    const { id } = request.params;
    const { workspace } = request;
    await withWorkspace(request.web, workspace.id, ({ db }) => getSource(db, workspace.id, id));
    const window = readDays(request.body, workspace.timezone);
    const run = await startSync(request.pipeline, workspace.id, id, { trigger: 'backfill', window });
    await audit(request, 'source.backfilled', { subject: id, details: request.body });
    return { redirect: `/sources/${id}/runs/${run}` };
  },
  invalid: async (request) => await drawForm(request, request.params.id, request),
});

/** Whole days by the business's clock. */
function readDays({ from, to }: { from: string; to: string }, zone: string) {
  const [start, last] = [readInstant(from, zone), readInstant(to, zone)];
  const needed = 'Choose a day.';
  if (start === null || from < EARLIEST) throw new Invalid([{ path: 'from', message: needed }]);
  if (last === null) throw new Invalid([{ path: 'to', message: needed }]);
  if (last < start) throw new Invalid([{ path: 'to', message: 'The last day is before the first.' }]);
  if (start > now().getTime())
    throw new Invalid([{ path: 'from', message: 'These days have not come yet.' }]);
  return { from: new Date(start), to: new Date(startOfDay(localDayOf(last, zone) + 1, zone)) };
}

async function drawForm(
  request: Pick<PageContext, 'web' | 'workspace'>,
  id: string,
  given: { values: Record<string, string>; errors: Record<string, string> },
): Promise<ViewAnswer> {
  const { workspace } = request;
  const source = await withWorkspace(request.web, workspace.id, ({ db }) => getSource(db, workspace.id, id));
  const today = new Intl.DateTimeFormat('en-CA', { timeZone: workspace.timezone }).format(now());
  return {
    view: 'sources/backfill',
    title: 'Read some days again',
    crumbs: [...crumbsOf(source), { label: 'Read some days again' }],
    errors: given.errors,
    model: {
      base: `/sources/${source.id}`,
      name: source.name,
      earliest: EARLIEST,
      today,
      values: { from: given.values.from ?? '', to: given.values.to ?? today },
      errors: given.errors,
    },
  };
}
