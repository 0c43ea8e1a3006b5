import type { Db } from '../db/pool.ts';
import type { Figures, InsightBody } from '../flow/segment/insights.ts';
import { findDifferences } from './segment-differences.ts';
import { countChurn, countOverlaps, readEveryonesFigures, readMemberFigures } from './segment-figures.sql.ts';
import { type Drawn, drawMembers, drawPeople, MOST_LOOKED_AT } from './segment-sample.sql.ts';
import { countDrawn, countHeld, readThings, type Thing } from './segment-things.ts';

const DAY_MS = 86_400_000;

/** Who everyone is: looked at once, and every segment of a night held against it. */
export type Everyone = { people: Drawn; things: Thing[]; figures: Figures };

export async function lookAtEveryone(
  db: Db,
  workspaceId: string,
  limit: number = MOST_LOOKED_AT,
): Promise<Everyone> {
  const people = await drawPeople(db, workspaceId, limit);
  return {
    people,
    things: await readThings(db, { workspaceId, ids: people.ids, isMost: people.ids.length === people.of }),
    figures: await readEveryonesFigures(db, workspaceId),
  };
}

/**
 * What a segment is made of: its members against those who are not in it, its money and letters against everyone’s,
 * who is in what else, and how long they stay. Costs what those cost who are looked at, not what everyone would.
 */
export async function workOutInsights(
  db: Db,
  wish: { workspaceId: string; key: string; asOf: Date; everyone: Everyone; limit?: number },
): Promise<InsightBody> {
  const { workspaceId, key, asOf, everyone } = wish;
  const { people } = everyone;
  const { members, amongPeople } = await drawMembers(db, {
    workspaceId,
    key,
    people,
    limit: wish.limit ?? MOST_LOOKED_AT,
  });
  const sample = {
    members: members.of,
    others: Math.max(0, people.of - members.of),
    lookedAtMembers: members.ids.length,
    lookedAtOthers: Math.max(0, people.ids.length - amongPeople.length),
  };
  const drawn = { ids: people.ids, things: everyone.things };
  const isDrawn = new Set(people.ids);
  const outside = { workspaceId, ids: members.ids.filter((id) => !isDrawn.has(id)), isMost: false };
  const who = { members: new Set(members.ids), among: new Set(amongPeople) };
  const held = countHeld(drawn, who, await readThings(db, outside));
  const ago = (days: number) => new Date(asOf.getTime() - days * DAY_MS);
  return {
    sample,
    ...findDifferences(held, countDrawn(everyone.things), sample),
    inside: await readMemberFigures(db, wish),
    everyone: everyone.figures,
    overlaps: await countOverlaps(db, wish),
    churn: await countChurn(db, { workspaceId, key, from: ago(90), to: ago(30) }),
  };
}
