import { and, asc, eq, gt, inArray, isNull, sql } from 'drizzle-orm';
import type { Db } from '../db/pool.ts';
import { sources } from '../db/schema/collect.ts';
import { identifiers, profiles } from '../db/schema/identify.ts';
import { profileTraits } from '../db/schema/profile.ts';
import { facts } from '../db/schema/score.ts';
import { memberships } from '../db/schema/segment.ts';
import { compareStrength } from '../flow/identify/kinds.ts';
import { shownForm } from '../flow/identify/normalise.ts';

/** One person as machines are told of them. */
export type ProfileShape = {
  id: string;
  identifiers: { kind: string; value: string }[];
  traits: Record<string, unknown>;
  facts: Record<string, unknown>;
  segments: string[];
  firstSeenAt: Date | null;
  lastSeenAt: Date | null;
};

/** The living among some profiles, in the order asked for; a handful of look-ups however many they are. */
export async function loadProfiles(db: Db, workspaceId: string, ids: string[]): Promise<ProfileShape[]> {
  if (ids.length === 0) return [];
  const isLiving = and(isNull(profiles.mergedInto), isNull(profiles.erasedAt));
  const found = await db
    .select()
    .from(profiles)
    .where(and(eq(profiles.workspaceId, workspaceId), inArray(profiles.id, ids), isLiving));
  const known = await loadParts(db, workspaceId, ids);
  const shapes = new Map(found.map((row) => [row.id, toShape(row, known)]));
  return ids.flatMap((id) => shapes.get(id) ?? []);
}

/** Ids of the living, a page at a time by key. Served by the primary key. */
export async function listProfileIds(
  db: Db,
  workspaceId: string,
  page: { after?: string | undefined; limit: number },
): Promise<string[]> {
  const isLiving = and(isNull(profiles.mergedInto), isNull(profiles.erasedAt));
  const follows = page.after ? gt(profiles.id, page.after) : undefined;
  const rows = await db
    .select({ id: profiles.id })
    .from(profiles)
    .where(and(eq(profiles.workspaceId, workspaceId), isLiving, follows))
    .orderBy(asc(profiles.id))
    .limit(page.limit);
  return rows.map(({ id }) => id);
}

/** A vendor's own id is told by the key of its source, as rules name it. */
export async function loadShownIdentifiers(db: Db, workspaceId: string, ids: string[]) {
  const rows = await db
    .select()
    .from(identifiers)
    .where(and(eq(identifiers.workspaceId, workspaceId), inArray(identifiers.profileId, ids)));
  const keys = await db
    .select({ id: sources.id, key: sources.key })
    .from(sources)
    .where(eq(sources.workspaceId, workspaceId));
  const keyOf = new Map(keys.map(({ id, key }) => [`source:${id}`, `source:${key}`]));
  return rows.sort(compareStrength).map((row) => ({
    profileId: row.profileId,
    kind: keyOf.get(row.kind) ?? row.kind,
    value: shownForm(row.kind, row.value, row.given),
    firstSeenAt: row.firstSeenAt,
    lastSeenAt: row.lastSeenAt,
  }));
}

type Parts = {
  identifiers: Map<string, { kind: string; value: string }[]>;
  traits: Map<string, Record<string, unknown>>;
  facts: Map<string, Record<string, unknown>>;
  segments: Map<string, string[]>;
};

async function loadParts(db: Db, workspaceId: string, ids: string[]): Promise<Parts> {
  const shown = Map.groupBy(await loadShownIdentifiers(db, workspaceId, ids), ({ profileId }) => profileId);
  const traits = await db
    .select({ id: profileTraits.profileId, traits: profileTraits.traits })
    .from(profileTraits)
    .where(and(eq(profileTraits.workspaceId, workspaceId), inArray(profileTraits.profileId, ids)));
  const measured = await db
    .select()
    .from(facts)
    .where(and(eq(facts.workspaceId, workspaceId), inArray(facts.profileId, ids)));
  const present = await db
    .select({ id: memberships.profileId, key: memberships.segmentKey })
    .from(memberships)
    .where(
      and(
        eq(memberships.workspaceId, workspaceId),
        inArray(memberships.profileId, ids),
        isNull(memberships.leftAt),
      ),
    )
    .orderBy(sql`${memberships.segmentKey} collate "C"`);
  return {
    identifiers: new Map(
      [...shown].map(([id, rows]) => [id, rows.map(({ kind, value }) => ({ kind, value }))]),
    ),
    traits: new Map(traits.map((row) => [row.id, row.traits as Record<string, unknown>])),
    facts: new Map(measured.map((row) => [row.profileId, nameFacts(row)])),
    segments: new Map(
      [...Map.groupBy(present, ({ id }) => id)].map(([id, rows]) => [id, rows.map(({ key }) => key)]),
    ),
  };
}

function toShape(row: typeof profiles.$inferSelect, known: Parts): ProfileShape {
  return {
    id: row.id,
    identifiers: known.identifiers.get(row.id) ?? [],
    traits: known.traits.get(row.id) ?? {},
    facts: known.facts.get(row.id) ?? {},
    segments: known.segments.get(row.id) ?? [],
    firstSeenAt: row.firstSeenAt,
    lastSeenAt: row.lastSeenAt,
  };
}

/** The names that rules use. What is unset is left out; exact decimals are numbers here, as in every JSON answer. */
export function nameFacts(row: typeof facts.$inferSelect): Record<string, unknown> {
  const decimal = (text: string | null) => (text === null ? null : Number(text));
  const named = {
    orders: row.orders,
    net_revenue: decimal(row.netRevenue),
    average_order: decimal(row.averageOrder),
    order_gap_days: decimal(row.orderGapDays),
    first_order_at: row.firstOrderAt,
    last_order_at: row.lastOrderAt,
    sessions: row.sessions,
    page_views: row.pageViews,
    emails_sent: row.emailsSent,
    emails_opened: row.emailsOpened,
    emails_clicked: row.emailsClicked,
    last_opened_at: row.lastOpenedAt,
    first_seen_at: row.firstSeenAt,
    last_seen_at: row.lastSeenAt,
    first_channel: row.firstChannel,
    last_channel: row.lastChannel,
    rfm_r: row.rfmR,
    rfm_f: row.rfmF,
    rfm_m: row.rfmM,
    rfm_group: row.rfmGroup,
    lifecycle: row.lifecycle,
    expected_orders_90d: decimal(row.expectedOrders90d),
    churn_risk_90d: decimal(row.churnRisk90d),
    predicted_value_12m: decimal(row.predictedValue12m),
  };
  return Object.fromEntries(Object.entries(named).filter(([, value]) => value !== null));
}
