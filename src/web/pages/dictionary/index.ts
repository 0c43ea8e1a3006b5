import { z } from 'zod';
import { now } from '../../../base/clock.ts';
import { EVENT_NAME_ALIASES } from '../../../connectors/http-api/event-names.ts';
import { type Scope, withWorkspace } from '../../../db/doors.ts';
import { listSources } from '../../../flow/collect/sources.ts';
import {
  listEventEntries,
  listNameUses,
  listPropertyTypes,
  listTraitTypes,
  SAMPLE,
} from '../../../reports/dictionary-entries.sql.ts';
import type { Role } from '../../../staff/roles.ts';
import { eventModels, typeModels } from '../../models/dictionary.ts';
import { formatNumber } from '../../models/format.ts';
import { page } from '../../page.ts';

const KINDS = [
  { kind: 'events', label: 'Events' },
  { kind: 'properties', label: 'Properties of events' },
  { kind: 'traits', label: 'Traits of people' },
] as const;
type Kind = (typeof KINDS)[number]['kind'];

const MONTH_MS = 30 * 24 * 60 * 60_000;
const SHOWN = 300;

/** Every name the business's sources use: from where, since when, what it holds, and what relies on it. */
export const showDictionary = page({
  query: z.strictObject({
    kind: z.enum(['events', 'properties', 'traits']).default('events'),
    q: z.string().trim().max(100).default(''),
  }),
  handle: async (request) => {
    const { kind, q } = request.query;
    const entries = await withWorkspace(request.web, request.workspace.id, async (scope) =>
      readEntries(scope, { kind, q, role: request.user.role }),
    );
    return {
      view: 'dictionary/index',
      title: 'Dictionary',
      crumbs: [{ label: 'Reports', href: '/reports' }, { label: 'Dictionary' }],
      model: {
        kind,
        q,
        tabs: KINDS.map((one) => ({
          label: one.label,
          href: `/dictionary?${new URLSearchParams({ kind: one.kind, ...(q ? { q } : {}) })}`,
          isCurrent: one.kind === kind,
        })),
        entries: entries.slice(0, SHOWN),
        more: Math.max(0, entries.length - SHOWN),
        basis: BASES[kind],
        aliases: kind === 'events' ? Object.entries(EVENT_NAME_ALIASES) : [],
      },
    };
  },
});

const BASES: Record<Kind, string> = {
  events: `Counted over everything, up to 10,000 of a name; where they come from is told by the newest ${SAMPLE.events}.`,
  properties: `Told by the newest ${SAMPLE.events} of each event and ${SAMPLE.events} from a month ago, so counts are of these.`,
  traits: `Told by the ${formatNumber(SAMPLE.people)} people who came last, and what was known of them before.`,
};

async function readEntries({ db, workspace }: Scope, asked: { kind: Kind; q: string; role: Role }) {
  const of = { workspaceId: workspace.id, q: asked.q };
  const around = {
    role: asked.role,
    zone: workspace.timezone,
    sources: new Map((await listSources(db, workspace.id)).map(({ id, name }) => [id, name])),
    uses: await listNameUses(db, workspace.id),
  };
  if (asked.kind === 'traits') return typeModels('trait', await listTraitTypes(db, of), around);
  const seen = await listPropertyTypes(db, { ...of, before: new Date(now().getTime() - MONTH_MS) });
  if (asked.kind === 'properties') return typeModels('property', seen, around);
  return eventModels(await listEventEntries(db, of), seen, around);
}
