import { z } from 'zod';
import { now } from '../../../base/clock.ts';
import { Invalid } from '../../../base/errors.ts';
import { withWorkspace } from '../../../db/doors.ts';
import { findGapDays } from '../../../flow/score/gap-days.ts';
import { editedLimits, findScoring } from '../../../flow/score/scoring.ts';
import { updateWorkspaceSettings } from '../../../staff/workspaces.ts';
import { scoreNow } from '../../../tasks/refreshing.ts';
import type { ViewAnswer } from '../../answers.ts';
import { audit } from '../../audit.ts';
import { formatDateTime } from '../../models/format.ts';
import { limitsModel } from '../../models/segments.ts';
import { type PageContext, page, type Rejected } from '../../page.ts';

/** The limits of the lifecycle grid: where they come from, and by hand where the business knows better. */
export const showLimits = page({ handle: async (request) => await limitsForm(request, {}) });

const WHOLE_DAYS = 'Write whole days, like 30 and 90.';
const days = z.string().trim().max(6, WHOLE_DAYS);
export const changeLimits = page({
  body: z.strictObject({
    row: z.enum(['0', '1', '2', '3plus']),
    activeDays: days,
    atRiskDays: days,
    use: z.enum(['own', 'measured']),
  }),
  handle: async (request) => {
    const { row, activeDays, atRiskDays, use } = request.body;
    const others = editedLimits
      .parse(request.workspace.settings.lifecycleLimits ?? [])
      .filter((one) => one.row !== row);
    const own = use === 'own' ? [checked({ row, activeDays, atRiskDays })] : [];
    await updateWorkspaceSettings(request.pipeline, request.workspace.id, {
      lifecycleLimits: [...others, ...own],
    });
    await audit(request, 'lifecycle-limits.changed', { details: request.body });
    await scoreNow(request.pipeline, request.workspace.id);
    return { redirect: '/segments/lifecycle', flash: 'Saved. The segments follow with the next refresh.' };
  },
  invalid: async (request) => await limitsForm(request, request),
});

function checked(given: { row: string; activeDays: string; atRiskDays: string }) {
  const parsed = editedLimits.safeParse([given]);
  if (!parsed.success)
    throw new Invalid(
      parsed.error.issues.map(({ path }) => ({ path: String(path.at(-1)), message: WHOLE_DAYS })),
    );
  const [limits] = parsed.data;
  if (limits!.atRiskDays <= limits!.activeDays)
    throw new Invalid([{ path: 'atRiskDays', message: 'At risk has to end after active does.' }]);
  return limits!;
}

async function limitsForm(request: PageContext, rejected: Partial<Rejected>): Promise<ViewAnswer> {
  const { workspace } = request;
  const { scoring, gapDays } = await withWorkspace(request.web, workspace.id, async ({ db }) => {
    const found = await findScoring(db, workspace.id, now());
    const wish = { workspaceId: workspace.id, scoringId: found?.id ?? '' };
    return { scoring: found, gapDays: found ? await findGapDays(db, wish) : null };
  });
  return {
    view: 'segments/limits',
    title: 'Lifecycle limits',
    crumbs: [{ label: 'Segments', href: '/segments' }, { label: 'Lifecycle limits' }],
    errors: rejected.errors ?? {},
    model: {
      canEdit: request.user.role !== 'viewer',
      asOf: scoring ? formatDateTime(scoring.asOf, workspace.timezone) : null,
      limits: scoring ? limitsModel(scoring.limits, gapDays) : [],
      typed: rejected.values ?? {},
    },
  };
}
