import { z } from 'zod';
import { NotFound } from '../../../base/errors.ts';
import { withWorkspace } from '../../../db/doors.ts';
import { listSources } from '../../../flow/collect/sources.ts';
import { type Choice, listChoices } from '../../../flow/segment/choices.sql.ts';
import { listPins, type Pin } from '../../../flow/segment/pins.sql.ts';
import { getSegment, type Segment } from '../../../flow/segment/segments.ts';
import { loadTitles } from '../../../flow/segment/titles.ts';
import { explainMembership, type Why } from '../../../flow/segment/why.ts';
import { loadPeopleRows } from '../../../reports/segment-members.sql.ts';
import { listColleagues } from '../../../staff/colleagues.ts';
import type { ViewAnswer } from '../../answers.ts';
import { LIMITS } from '../../limits.ts';
import { choiceRow, pinRow } from '../../models/by-hand.ts';
import { formatDateTime } from '../../models/format.ts';
import type { Eyes } from '../../models/people.ts';
import { segmentTabs } from '../../models/segment-tabs.ts';
import { takesWords } from '../../models/why.ts';
import { type PageContext, page, type Rejected } from '../../page.ts';

/** Broken pins whose reason is told on the page; the others lead to their own. */
const EXPLAINED = 5;

/** What people decided about a segment: who is put in or left out, and the examples it is held to. */
export const showByHand = page({
  params: z.strictObject({ key: z.string().max(200) }),
  query: z.strictObject({ after: z.string().max(100).optional() }),
  handle: async (request) => await drawByHand(request, null, request.query.after),
});

/** Also after a form that was refused, with what was typed. */
export async function drawByHand(
  request: PageContext & { params: { key: string } },
  rejected: Rejected | null,
  after?: string,
): Promise<ViewAnswer> {
  const { workspace, user } = request;
  const eyes: Eyes = { role: user.role, timezone: workspace.timezone, currency: workspace.currency };
  const loaded = await load(request, after);
  const { segment, choices, pins, people } = loaded;
  const names = await colleagueNames(request);
  const shown = choices.slice(0, LIMITS.rowsPerPage);
  const last = shown.at(-1);
  const href = `/segments/${encodeURIComponent(segment.key)}`;
  const reasons = isJudged(segment) ? await explainBroken(request, pins, eyes) : new Map();
  const isList = segment.kind === 'static';
  return {
    view: 'segments/by-hand',
    title: segment.name,
    crumbs: [{ label: 'Segments', href: '/segments' }, { label: segment.name, href }, { label: 'By hand' }],
    errors: rejected?.errors ?? {},
    model: {
      tabs: segmentTabs(segment.key, 'by-hand'),
      href,
      isList,
      canEdit: user.role !== 'viewer',
      typed: rejected?.values ?? {},
      places: { ...PLACES, note: rejected?.values.mode ? 'file-note' : 'choice-note' },
      choices: shown.map((one) => choiceRow(one, people.get(one.ownerId), names, eyes)),
      next:
        choices.length > shown.length && last
          ? `${href}/by-hand?after=${last.createdAt.toISOString()}_${last.profileId}`
          : null,
      first: after ? `${href}/by-hand` : null,
      pins: pins.map((pin) =>
        pinRow(pin, people.get(pin.ownerId), reasons.get(pin.profileId) ?? null, { names, eyes, segment }),
      ),
      kinds: [
        ...KINDS,
        ...loaded.sources.map(({ id, name }) => ({ value: `source:${id}`, label: `Id at ${name}` })),
      ],
    },
  };
}

export const KINDS = [
  { value: 'any', label: 'Recognise it' },
  { value: 'email', label: 'E-mail' },
  { value: 'user_id', label: 'Account id' },
  { value: 'phone', label: 'Phone' },
  { value: 'profile', label: 'Profile id' },
];

/** The control of each field; the note of a file has one of its own. */
const PLACES = Object.fromEntries(
  ['people', 'choice', 'mode', 'column', 'kind', 'file'].map((name) => [name, `field-${name}`]),
);

/** Colleagues by id: who decided. */
export async function colleagueNames({ pipeline, workspace }: PageContext): Promise<Map<string, string>> {
  const colleagues = await listColleagues(pipeline, workspace.id);
  return new Map(colleagues.map(({ userId, name }) => [userId, name]));
}

/** A rule that is parked, or not counted yet, explains nothing about the people who are stored. */
function isJudged({ status, version, computedVersion }: Segment): boolean {
  return status !== 'parked' && version === computedVersion;
}

async function load(request: PageContext & { params: { key: string } }, after: string | undefined) {
  return await withWorkspace(request.web, request.workspace.id, async ({ db, workspace }) => {
    const segment = await getSegment(db, workspace.id, request.params.key);
    const wish = { workspaceId: workspace.id, segmentKey: segment.key };
    const limit = LIMITS.rowsPerPage + 1;
    const choices = await listChoices(db, { ...wish, after: readCursor(after), limit });
    const pins = await listPins(db, wish);
    const ids = [...new Set([...choices, ...pins].map((one: Choice | Pin) => one.ownerId))];
    const people = new Map((await loadPeopleRows(db, workspace.id, ids)).map((one) => [one.profileId, one]));
    return { segment, choices, pins, people, sources: await listSources(db, workspace.id) };
  });
}

/** Why a pin does not hold: what the person lacks, or since when they are in. */
async function explainBroken(
  request: PageContext & { params: { key: string } },
  pins: Pin[],
  eyes: Eyes,
): Promise<Map<string, string>> {
  const broken = pins.filter((pin) => pin.brokenAt).slice(0, EXPLAINED);
  return await withWorkspace(request.web, request.workspace.id, async ({ db, workspace }) => {
    const titles = await loadTitles(db, workspace.id);
    const reasons = new Map<string, string>();
    for (const pin of broken) {
      const asked = { key: request.params.key, profileId: pin.ownerId, titles };
      const why = await explainMembership(db, workspace, asked);
      reasons.set(pin.profileId, brokenWords(pin, why, eyes));
    }
    return reasons;
  });
}

/** What is published and what the rule says now may differ until the next refresh. */
function brokenWords(pin: Pin, why: Why, eyes: Eyes): string {
  if (why.member === (pin.expected === 'in')) return 'is put right with the next refresh';
  if (why.member) return why.since ? `is in since ${formatDateTime(why.since, eyes.timezone)}` : 'is in';
  const lacks = takesWords(why.nearest ?? [], eyes);
  return why.byHand ? 'left out by hand' : `is not in; it would take ${lacks || 'another rule'}`;
}

/** `2026-11-01T10:00:00.000Z_<profile id>` */
function readCursor(after: string | undefined): { at: Date; profileId: string } | null {
  if (after === undefined) return null;
  const [time = '', profileId = ''] = after.split('_');
  const at = new Date(time);
  if (Number.isNaN(at.getTime()) || !z.guid().safeParse(profileId).success)
    throw new NotFound('There is no such page.');
  return { at, profileId };
}
