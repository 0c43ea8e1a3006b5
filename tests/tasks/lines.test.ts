import { sql } from 'drizzle-orm';
import { afterEach, describe, expect, test } from 'vitest';
import { resetClock, startClockAt } from '../../src/base/clock.ts';
import { withPlatform } from '../../src/db/doors.ts';
import { closeDatabase, openDatabase } from '../../src/db/pool.ts';
import { type Line, type Running, startDueLines } from '../../src/tasks/lines.ts';
import { createWorkspace } from '../setup/cast.ts';
import { createTestDatabase } from '../setup/database.ts';

const { database, url } = await createTestDatabase();
afterEach(async () => {
  resetClock();
  await withPlatform(database, async (db) => await db.execute(sql`truncate workspaces, ticks, leases`));
});

const three = { hour: 3, minute: 0 };

/** A line that writes down when it ran. */
function writing(when: Line['when'], extra: Partial<Line> = {}) {
  const runs: string[] = [];
  const line: Line = {
    job: 'nightly',
    when,
    reason: 'A test.',
    run: async (_database, workspace) => {
      runs.push(workspace.id);
    },
    ...extra,
  };
  return { runs, line };
}

/** Berlin, born at the beginning of the year. */
async function openBusiness() {
  startClockAt(new Date('2026-01-01T00:00:00Z'));
  return await createWorkspace(database);
}

async function look(lines: Line[], handle = database): Promise<void> {
  const running: Running = new Map();
  await startDueLines(handle, lines, running);
  await Promise.all(running.values());
}

describe('an occasion of the schedule', () => {
  test('is met once by four processes that look again and again', async () => {
    await openBusiness();
    const others = [openDatabase(url), openDatabase(url), openDatabase(url)];
    const { runs, line } = writing(three);
    for (let minute = 0; minute < 5; minute += 1) {
      startClockAt(new Date(`2026-03-01T02:0${minute}:00Z`));
      await Promise.all([database, ...others].map(async (handle) => await look([line], handle)));
    }
    expect(runs).toHaveLength(1);
    await Promise.all(others.map(closeDatabase));
  });

  test('of each minute is met once in each minute', async () => {
    await openBusiness();
    const other = openDatabase(url);
    const { runs, line } = writing('every minute');
    for (let second = 0; second < 180; second += 20) {
      startClockAt(new Date(Date.parse('2026-03-01T12:00:00.5Z') + second * 1000));
      await Promise.all([look([line]), look([line], other)]);
    }
    expect(runs).toHaveLength(3);
    await closeDatabase(other);
  });

  test('a minute before three is not there yet, and comes at three', async () => {
    await openBusiness();
    const { runs, line } = writing(three);
    startClockAt(new Date('2026-02-28T12:00:00Z'));
    await look([line]);
    expect(runs).toHaveLength(1);
    startClockAt(new Date('2026-03-01T01:59:00Z'));
    await look([line]);
    expect(runs).toHaveLength(1);
    startClockAt(new Date('2026-03-01T02:00:01Z'));
    await look([line]);
    expect(runs).toHaveLength(2);
  });

  test('that was missed while nothing ran is met once, at the next start', async () => {
    await openBusiness();
    const { runs, line } = writing(three);
    startClockAt(new Date('2026-03-05T17:00:00Z'));
    await look([line]);
    await look([line]);
    expect(runs).toHaveLength(1);
  });

  test('from before a business was opened was not missed', async () => {
    startClockAt(new Date('2026-03-05T17:00:00Z'));
    await createWorkspace(database);
    const { runs, line } = writing(three);
    await look([line]);
    expect(runs).toEqual([]);
  });

  test('whose process died half way is done by the next one, when its lease has ended', async () => {
    const workspace = await openBusiness();
    startClockAt(new Date('2026-03-01T02:00:01Z'));
    await withPlatform(database, async (db) => {
      await db.execute(
        sql`insert into ticks (key, job, taken_at) values (${`nightly|${workspace.id}|2026-03-01`}, 'nightly', '2026-03-01T02:00:00Z')`,
      );
      await db.execute(
        sql`insert into leases values (${workspace.id}, 'tick:nightly', 'the dead', 1, clock_timestamp() + interval '1 minute')`,
      );
    });
    const { runs, line } = writing(three);
    await look([line]);
    expect(runs).toEqual([]);
    await withPlatform(database, async (db) => await db.execute(sql`update leases set until = '-infinity'`));
    await look([line]);
    await look([line]);
    expect(runs).toHaveLength(1);
  });

  test('of each business is at its own local time', async () => {
    const berlin = await openBusiness();
    const tokyo = await createWorkspace(database, { timezone: 'Asia/Tokyo' });
    const { runs, line } = writing(three);
    startClockAt(new Date('2026-01-01T18:30:00Z'));
    await look([line]);
    expect(runs.sort()).toEqual([berlin.id, tokyo.id].sort());
    startClockAt(new Date('2026-01-02T01:30:00Z'));
    await look([line]);
    expect(runs).toHaveLength(2);
    startClockAt(new Date('2026-01-02T02:30:00Z'));
    await look([line]);
    expect(runs.slice(2)).toEqual([berlin.id]);
  });

  test('that fails is over, and the next day it is tried anew', async () => {
    await openBusiness();
    let tries = 0;
    const run = async () => {
      tries += 1;
      throw new Error('planted');
    };
    const { line } = writing(three, { run });
    startClockAt(new Date('2026-03-01T02:00:01Z'));
    await look([line]);
    await look([line]);
    expect(tries).toBe(1);
    startClockAt(new Date('2026-03-02T02:00:01Z'));
    await look([line]);
    expect(tries).toBe(2);
  });

  test('that comes after another waits for it, but not for ever', async () => {
    await openBusiness();
    const first = writing({ hour: 2, minute: 0 }, { job: 'first' });
    const after = { job: 'first', at: { hour: 2, minute: 0 }, patienceMs: 4 * 3_600_000 };
    const second = writing(three, { job: 'second', after });
    startClockAt(new Date('2026-03-01T02:00:01Z'));
    await look([second.line]);
    expect(second.runs).toEqual([]);
    await look([first.line]);
    await look([second.line]);
    expect(second.runs).toHaveLength(1);
    startClockAt(new Date('2026-03-02T05:00:01Z'));
    await look([second.line]);
    expect(second.runs).toHaveLength(2);
  });
});
