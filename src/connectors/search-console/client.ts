import { z } from 'zod';
import type { HttpRequest } from '../../base/http.ts';
import type { Context } from '../contract.ts';
import { readAnswer } from '../reading/answers.ts';
import { classifyGoogle } from '../reading/google.ts';
import { accountAddress, serviceAccountToken } from '../reading/service-account.ts';
import type { SearchConsoleSettings } from './settings.ts';

type Ctx = Context<SearchConsoleSettings>;

const SCOPE = 'https://www.googleapis.com/auth/webmasters.readonly';
/** Rows an answer at most. */
const LIMIT = 25_000;

const row = z.object({
  keys: z.array(z.string()).default([]),
  clicks: z.number().default(0),
  impressions: z.number().default(0),
  position: z.number().default(0),
});
const answer = z.object({ rows: z.array(row).default([]) });
export type SearchRow = z.infer<typeof row>;

export type SearchWish = { since: string; until: string; dimensions: string[]; most: number };

/**
 * The rows of some days, by clicks, at most so many; turned page by page until one is not full.
 * https://developers.google.com/webmaster-tools/v1/searchanalytics/query
 */
export async function querySearch(ctx: Ctx, wish: SearchWish): Promise<SearchRow[]> {
  const rows: SearchRow[] = [];
  for (;;) {
    const rowLimit = Math.min(LIMIT, wish.most - rows.length);
    const page = await ask(
      ctx,
      {
        method: 'POST',
        url: `${ctx.settings.url}/webmasters/v3/sites/${encodeURIComponent(ctx.settings.site)}/searchAnalytics/query`,
        json: {
          startDate: wish.since,
          endDate: wish.until,
          dimensions: wish.dimensions,
          type: 'web',
          dataState: 'final',
          rowLimit,
          startRow: rows.length,
        },
      },
      answer,
    );
    rows.push(...page.rows);
    if (page.rows.length < rowLimit || rows.length >= wish.most) return rows;
  }
}

export async function listSites(ctx: Ctx): Promise<string[]> {
  const found = await ask(
    ctx,
    { url: `${ctx.settings.url}/webmasters/v3/sites` },
    z.object({ siteEntry: z.array(z.object({ siteUrl: z.string() })).default([]) }),
  );
  return found.siteEntry.map(({ siteUrl }) => siteUrl);
}

async function ask<T>(ctx: Ctx, request: HttpRequest, schema: z.ZodType<T>): Promise<T> {
  const address = accountAddress(ctx.settings.serviceAccountKey);
  const given = await ctx.http({
    ...request,
    headers: { authorization: `Bearer ${await serviceAccountToken(ctx, SCOPE)}` },
    isRepeatable: true,
    classify: (answer) =>
      classifyGoogle(
        answer,
        `Search Console does not let ${address} read ${ctx.settings.site}. Add it under Settings, Users and permissions.`,
      ),
  });
  return readAnswer(given, schema, 'Search Console');
}
