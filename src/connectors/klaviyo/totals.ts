import { z } from 'zod';
import type { Context, VendorTotal } from '../contract.ts';
import { toMoment } from '../reading/answers.ts';
import { ask } from './client.ts';
import { followPages } from './paging.ts';
import { isLater, PROFILES } from './profiles.ts';
import { links } from './rows.ts';
import type { KlaviyoSettings } from './settings.ts';

type Ctx = Context<KlaviyoSettings>;

const metric = z.object({ id: z.string(), attributes: z.looseObject({ name: z.string().nullish() }) });
const createdRow = z.object({ attributes: z.object({ created: z.string() }) });
const happenedRow = z.object({ attributes: z.object({ datetime: z.string() }) });

/** Klaviyo gives no counts, so what it lists is counted: profiles by the day they were made, mails by their day. */
export async function totals(ctx: Ctx, from: Date, to: Date): Promise<VendorTotal[]> {
  const people = await countByDay(listCreated(ctx, from, to));
  const sent = await countByDay(listReceived(ctx, from, to));
  return [
    ...people.map(([day, count]) => total('profiles', 'people', day, count)),
    ...sent.map(([day, count]) => total('events', 'sent', day, count)),
  ];
}

export async function listMetrics(ctx: Ctx): Promise<{ id: string; name: string }[]> {
  const found: { id: string; name: string }[] = [];
  for await (const rows of followPages(ctx, { path: '/api/metrics', query: {} }, metric))
    found.push(...rows.map(({ id, attributes }) => ({ id, name: attributes.name ?? '' })));
  return found;
}

async function* listCreated(ctx: Ctx, from: Date, to: Date): AsyncIterable<string[]> {
  const query = {
    sort: 'created',
    'page[size]': String(PROFILES),
    'fields[profile]': 'created',
    filter: `${isLater('created', from)},less-than(created,${to.toISOString()})`,
  };
  for await (const rows of followPages(ctx, { path: '/api/profiles', query }, createdRow))
    yield rows.map((row) => row.attributes.created);
}

async function* listReceived(ctx: Ctx, from: Date, to: Date): AsyncIterable<string[]> {
  for (const { id } of (await listMetrics(ctx)).filter(({ name }) => name === 'Received Email')) {
    const query = {
      sort: 'datetime',
      'page[size]': '200',
      'fields[event]': 'datetime',
      filter: `equals(metric_id,"${id}"),greater-or-equal(datetime,${from.toISOString()}),less-than(datetime,${to.toISOString()})`,
    };
    for await (const rows of followPages(ctx, { path: '/api/events', query }, happenedRow))
      yield rows.map((row) => row.attributes.datetime);
  }
}

async function countByDay(pages: AsyncIterable<string[]>): Promise<[string, number][]> {
  const counts = new Map<string, number>();
  for await (const times of pages) {
    for (const time of times) {
      const day = toMoment(time)?.toISOString().slice(0, 10);
      if (day) counts.set(day, (counts.get(day) ?? 0) + 1);
    }
  }
  return [...counts];
}

function total(stream: string, figure: VendorTotal['figure'], day: string, count: number): VendorTotal {
  return { stream, figure, day, value: String(count) };
}

const account = z.object({
  data: z.array(
    z.object({
      attributes: z.looseObject({
        contact_information: z.looseObject({ organization_name: z.string().nullish() }).nullish(),
      }),
    }),
  ),
});

/** Whose account it is, whether it has anybody, and what it measures: so each right the key needs is tried. */
export async function check(ctx: Ctx): Promise<string> {
  const { data } = await ask(ctx, { path: '/api/accounts' }, account);
  const metrics = await listMetrics(ctx);
  const some = z.object({ data: z.array(z.looseObject({})), links: links.nullish() });
  const profiles = await ask(ctx, { path: '/api/profiles', query: { 'page[size]': '100' } }, some);
  await ask(ctx, { path: '/api/events', query: { 'page[size]': '1' } }, some);
  const name = data[0]?.attributes.contact_information?.organization_name ?? 'Klaviyo';
  const people = profiles.links?.next ? 'more than 100 profiles' : `${profiles.data.length} profiles`;
  return `The account of ${name}: ${people}, ${metrics.length} metrics`;
}
