import { describe, expect, it } from 'vitest';
import { type Workspace, withWorkspace } from '../../../src/db/doors.ts';
import type { Database } from '../../../src/db/pool.ts';
import { isAnyoneDue } from '../../../src/flow/segment/due.ts';
import { refreshWorkspace } from '../../../src/flow/segment/refresh.ts';
import { createSegment } from '../../../src/flow/segment/segments.ts';
import { explainMembership } from '../../../src/flow/segment/why.ts';
import { createWorkspace } from '../../setup/cast.ts';
import { createTestDatabase } from '../../setup/database.ts';
import { type Invented, insertCrowd, membersOf } from './crowd.ts';

/** One person, one rule; the moments at which the passing of time alone turns it, to the minute. */
type Story = {
  what: string;
  zone: string;
  /** When the person is taken in, and the first refresh runs. */
  start: string;
  traits?: Record<string, unknown>;
  /** Minutes before the start, with their properties. */
  events?: { minutesAgo: number; properties?: Record<string, unknown> }[];
  rule: object;
  isIn: boolean;
  turns: string[];
};

const STORIES: Story[] = [
  {
    what: 'a sliding window ends',
    zone: 'Europe/Berlin',
    start: '2026-03-28T12:00:00Z',
    events: [{ minutesAgo: 30 }],
    rule: { event: 'order_placed', within: { last: '24h' } },
    isIn: true,
    // A day of 24 hours, though clocks change in between.
    turns: ['2026-03-29T11:30:00Z'],
  },
  {
    what: 'a window begins and ends some days ago',
    zone: 'Asia/Kathmandu',
    start: '2026-05-01T00:00:00Z',
    events: [{ minutesAgo: 0 }],
    rule: { event: 'order_placed', within: { between: ['3d', '1d'] } },
    isIn: false,
    turns: ['2026-05-02T00:00:00Z', '2026-05-04T00:00:00Z'],
  },
  {
    what: 'a trial of a bare day comes near and ends at its local midnight, the night clocks go forward',
    zone: 'America/Santiago',
    start: '2026-09-01T12:00:00Z',
    // On 6 September midnight itself is skipped in Santiago: the day begins at 1:00, 04:00 in UTC.
    traits: { trialEndsAt: '2026-09-06' },
    rule: { trait: 'trialEndsAt', op: 'within', value: { next: '3d' } },
    isIn: false,
    turns: ['2026-09-03T04:00:00Z', '2026-09-06T04:00:00Z'],
  },
  {
    what: 'a trial that ended this week',
    zone: 'Pacific/Chatham',
    start: '2026-04-01T00:00:00Z',
    // The Monday after the night in which clocks go back from +13:45 to +12:45.
    traits: { trialEndsAt: '2026-04-05T02:30' },
    rule: { trait: 'trialEndsAt', op: 'within', value: { calendar: 'this week' } },
    isIn: true,
    turns: ['2026-04-05T11:15:00Z'],
  },
  {
    what: 'a birthday on 29 February is kept on the 28th in other years',
    zone: 'America/St_Johns',
    start: '2027-02-20T12:00:00Z',
    traits: { birthday: '1988-02-29' },
    rule: { trait: 'birthday', op: 'anniversary', value: { calendar: 'today' } },
    isIn: false,
    turns: ['2027-02-28T03:30:00Z', '2027-03-01T03:30:00Z'],
  },
  {
    what: 'a birthday comes within a week, around the turn of the year',
    zone: 'Asia/Kolkata',
    start: '2026-12-20T12:00:00Z',
    traits: { birthday: '1990-01-02' },
    rule: { trait: 'birthday', op: 'anniversary', value: { next: '7d' } },
    isIn: false,
    turns: ['2026-12-25T18:30:00Z', '2027-01-01T18:30:00Z'],
  },
  {
    what: 'bought at the first instant of a day that is still yesterday elsewhere',
    zone: 'Pacific/Apia',
    start: '2026-07-10T12:00:00Z',
    events: [{ minutesAgo: 60 }],
    rule: { event: 'order_placed', within: { calendar: 'today' } },
    isIn: true,
    turns: ['2026-07-11T11:00:00Z'],
  },
  {
    what: 'bought this month, which ends an hour later on the local clock',
    zone: 'Europe/Berlin',
    start: '2026-10-20T12:00:00Z',
    events: [{ minutesAgo: 60 }],
    rule: { event: 'order_placed', within: { calendar: 'this month' } },
    isIn: true,
    turns: ['2026-10-31T23:00:00Z'],
  },
  {
    what: 'no purchase followed within three days',
    zone: 'Australia/Lord_Howe',
    start: '2026-04-03T00:00:00Z',
    events: [{ minutesAgo: 15 }],
    rule: {
      sequence: [{ event: 'order_placed' }, { event: 'signed_up', within: '3d', not: true }],
      within: { last: '5d' },
    },
    isIn: false,
    turns: ['2026-04-05T23:45:00Z', '2026-04-07T23:45:00Z'],
  },
  {
    what: 'a date in a property of an event comes near and passes',
    zone: 'Africa/Cairo',
    start: '2026-04-20T00:00:00Z',
    events: [{ minutesAgo: 60, properties: { delivery: '2026-04-24T12:00' } }],
    rule: { event: 'order_placed', where: [{ property: 'delivery', op: 'within', value: { next: '2d' } }] },
    isIn: false,
    // Clocks went forward on 24 April: noon is 09:00 in UTC.
    turns: ['2026-04-22T09:00:00Z', '2026-04-24T09:00:00Z'],
  },
];

const MINUTE_MS = 60_000;

describe('time alone, with no new data', async () => {
  const { database } = await createTestDatabase();

  it.each(STORIES)('moves a person on the right minute: $what ($zone)', async (story) => {
    const { workspace } = await begin(database, story);
    let isIn = story.isIn;
    expect(await isMember(database, workspace)).toBe(isIn);
    for (const turn of story.turns.map((text) => new Date(text))) {
      // A window (asOf - d, asOf] holds its end and not its start, so a minute before nothing has happened yet.
      await refreshAt(database, workspace, new Date(turn.getTime() - MINUTE_MS));
      expect(await isMember(database, workspace), `a minute before ${turn.toISOString()}`).toBe(isIn);
      expect(await isDueAt(database, workspace, turn), `due at ${turn.toISOString()}`).toBe(true);
      await refreshAt(database, workspace, turn);
      isIn = !isIn;
      expect(await isMember(database, workspace), `at ${turn.toISOString()}`).toBe(isIn);
    }
  });

  it.each(STORIES.filter(({ turns, isIn }) => turns.length > (isIn ? 0 : 1)))(
    'is foretold: $what ($zone)',
    async (story) => {
      const { workspace, profileId } = await begin(database, story);
      const [enters, leaves] = story.isIn
        ? [story.start, story.turns[0]!]
        : (story.turns as [string, string]);
      await refreshAt(database, workspace, new Date(enters));
      const why = await withWorkspace(database, workspace.id, async ({ db }) =>
        explainMembership(db, workspace, { key: 'story', profileId, asOf: new Date(enters) }),
      );
      expect(why).toMatchObject({ member: true, until: new Date(leaves) });
    },
  );

  it('keeps the time of a person who stays, and writes when somebody came and went', async () => {
    const { workspace } = await begin(database, STORIES[1]!);
    for (const turn of ['2026-05-02T00:00:00Z', '2026-05-03T00:00:00Z', '2026-05-04T00:00:00Z'])
      await refreshAt(database, workspace, new Date(turn));
    const rows = await database.pool.query(
      "select entered_at, left_at from memberships where workspace_id = $1 and segment_key = 'story'",
      [workspace.id],
    );
    expect(rows.rows).toEqual([
      { entered_at: new Date('2026-05-02T00:00:00Z'), left_at: new Date('2026-05-04T00:00:00Z') },
    ]);
  });
});

async function begin(database: Database, story: Story) {
  const workspace = await createWorkspace(database, { timezone: story.zone });
  const at = new Date(story.start);
  const [profileId] = await insertCrowd(database, workspace, [personOf(story)], at);
  await createSegment(database.db, workspace, { key: 'story', name: 'Story', definition: story.rule });
  await refreshAt(database, workspace, at);
  return { workspace, profileId: profileId! };
}

function personOf({ traits = {}, events = [] }: Story): Invented {
  return {
    traits,
    events: events.map(({ minutesAgo, properties = {} }) => ({
      name: 'order_placed',
      minutesAgo,
      value: '10',
      properties,
    })),
    consents: [],
    hasEmail: false,
  };
}

async function refreshAt(database: Database, workspace: Workspace, asOf: Date): Promise<void> {
  await refreshWorkspace(database, workspace.id, { trigger: 'test', asOf });
}

async function isMember(database: Database, workspace: Workspace): Promise<boolean> {
  return (await membersOf(database, workspace.id)).get('story')?.size === 1;
}

async function isDueAt(database: Database, workspace: Workspace, moment: Date): Promise<boolean> {
  return await withWorkspace(
    database,
    workspace.id,
    async (scope) => await isAnyoneDue(scope.db, scope.workspace, moment),
  );
}
