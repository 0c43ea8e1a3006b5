import { z } from 'zod';
import { type Context, defineConnector, type Item, type MappedRecord } from '../contract.ts';
import { readPayload } from '../reading/answers.ts';
import { addDays, dayIn } from '../reading/days.ts';
import { guide } from './guide.ts';
import { readProperty, sessionsStream } from './sessions.ts';
import { type GoogleAnalyticsSettings, settings } from './settings.ts';

export default defineConnector<GoogleAnalyticsSettings>({
  key: 'google-analytics',
  name: 'Google Analytics',
  category: 'web',
  summary: 'Sessions and visitors of a GA4 property by day, channel, source and medium, for the reports.',
  guide,
  settings,
  streams: [sessionsStream],
  uncompared: 'These are Google’s own totals by day: there are no single records to compare them with.',
  map,
  check,
});

const figure = z.string().regex(/^\d+(\.\d+)?$/);
const day = z.object({
  day: z.iso.date(),
  rows: z.array(
    z.object({
      channel: z.string().default(''),
      source: z.string().default(''),
      medium: z.string().default(''),
      sessions: figure.default('0'),
      users: figure.default('0'),
    }),
  ),
  flags: z.object({ thresholded: z.boolean(), sampled: z.boolean(), otherRow: z.boolean() }).optional(),
});

/** Figures that name nobody: they feed reports and make no people. */
function map(item: Item): MappedRecord[] {
  const given = readPayload(item.payload, day);
  const figures = given.rows.flatMap(({ channel, source, medium, sessions, users }, at): MappedRecord[] => {
    const dimensions = { channel, source, medium };
    return [
      {
        type: 'metric',
        key: `sessions:${at}`,
        day: given.day,
        name: 'sessions',
        dimensions,
        value: sessions,
      },
      { type: 'metric', key: `users:${at}`, day: given.day, name: 'users', dimensions, value: users },
    ];
  });
  return [...figures, ...mapFlags(given)];
}

/** Nought too: a flag that is gone the next time must go here. */
function mapFlags(given: z.infer<typeof day>): MappedRecord[] {
  return Object.entries(given.flags ?? {}).map(([flag, isSet]) => ({
    type: 'metric',
    key: `flag:${flag}`,
    day: given.day,
    name: 'sessions_flags',
    dimensions: { flag },
    value: isSet ? '1' : '0',
  }));
}

async function check(ctx: Context<GoogleAnalyticsSettings>): Promise<string> {
  const { zone, sessions } = await readProperty(ctx, addDays(dayIn(ctx.clock(), 'UTC'), -1));
  return `Property ${ctx.settings.propertyId}, ${sessions.toLocaleString('en')} sessions yesterday, days of ${zone}`;
}
