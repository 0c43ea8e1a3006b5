import { z } from 'zod';
import type { Context, Item, Page, Stream } from '../contract.ts';
import { readCursor, toMoment } from '../reading/answers.ts';
import { ask, askPages } from './client.ts';
import type { MetaAdsSettings } from './settings.ts';

type Ctx = Context<MetaAdsSettings>;

const OVERLAP_S = 3600;
const LEAD_FIELDS =
  'id,created_time,ad_id,ad_name,campaign_id,campaign_name,form_id,field_data,is_organic,platform';

const form = z.object({ id: z.string(), name: z.string().optional() });
const leadRow = z.looseObject({ id: z.string(), created_time: z.string() });
type Form = z.infer<typeof form>;

/** Form id -> the unix time of its newest lead that was read. */
const leadCursor = z.record(z.string(), z.number());

export const leadsStream: Stream<MetaAdsSettings> = {
  key: 'leads',
  title: 'Lead forms',
  cursor: leadCursor,
  pull: pullLeads,
};

async function* pullLeads(ctx: Ctx, given: unknown): AsyncIterable<Page> {
  const { pageId } = ctx.settings;
  if (!pageId) return;
  let cursor = readCursor(given, leadCursor) ?? {};
  const accessToken = await pageToken(ctx, pageId);
  for (const found of await listForms(ctx, pageId, accessToken)) {
    const since = cursor[found.id];
    let newest = since ?? 0;
    for await (const rows of askPages(
      ctx,
      { path: `${found.id}/leads`, query: queryFor(since), accessToken },
      leadRow,
    )) {
      newest = Math.max(newest, ...rows.map((row) => secondOf(row, ctx.clock())));
      yield { items: rows.map((row) => leadItem(row, found)), cursor };
    }
    // Leads come in no promised order: only the end of a form moves its cursor.
    cursor = { ...cursor, [found.id]: newest };
    yield { items: [], cursor };
  }
}

/** A webhook names the lead only. */
export async function complete(ctx: Ctx, item: Item): Promise<Item> {
  if (item.stream !== 'lead_notices') return item;
  const { page_id } = z.object({ page_id: z.string() }).parse(item.payload);
  const accessToken = await pageToken(ctx, page_id);
  const row = await ask(ctx, { path: item.externalId, query: { fields: LEAD_FIELDS }, accessToken }, leadRow);
  return leadItem(row, { id: String(row.form_id ?? '') });
}

/** Leads are read with the token of the page, which the system user may ask for. */
async function pageToken(ctx: Ctx, pageId: string): Promise<string> {
  const page = await ask(
    ctx,
    { path: pageId, query: { fields: 'access_token' } },
    z.object({ access_token: z.string() }),
  );
  return page.access_token;
}

async function listForms(ctx: Ctx, pageId: string, accessToken: string): Promise<Form[]> {
  const forms: Form[] = [];
  const given = { path: `${pageId}/leadgen_forms`, query: { fields: 'id,name', limit: '100' }, accessToken };
  for await (const rows of askPages(ctx, given, form)) forms.push(...rows);
  return forms;
}

function queryFor(since: number | undefined): Record<string, string> {
  const newer = [{ field: 'time_created', operator: 'GREATER_THAN', value: (since ?? 0) - OVERLAP_S }];
  return { fields: LEAD_FIELDS, limit: '500', ...(since ? { filtering: JSON.stringify(newer) } : {}) };
}

/** A lead never changes. */
function leadItem(row: z.infer<typeof leadRow>, { name }: Partial<Form>): Item {
  return {
    stream: 'leads',
    externalId: row.id,
    version: '',
    payload: name ? { ...row, form_name: name } : row,
  };
}

function secondOf(row: z.infer<typeof leadRow>, now: Date): number {
  const at = toMoment(row.created_time)?.getTime() ?? 0;
  return Math.floor(Math.min(at, now.getTime()) / 1000);
}
