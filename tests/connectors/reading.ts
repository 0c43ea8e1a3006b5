import { resolveHost } from '../../src/base/addresses.ts';
import { createHttp, type HttpOptions } from '../../src/base/http.ts';
import { log } from '../../src/base/log.ts';
import type { Connector, Context, Item, MappedRecord } from '../../src/connectors/contract.ts';
import type { ContractServer } from '../vendors/contract-server.ts';

export const NOW = new Date('2026-11-20T12:00:00Z');

/** What a connector gets from the sync engine: the guarded door with one host open, a clock that stands. */
export function contextFor<Settings>(
  connector: Connector<Settings>,
  server: Pick<ContractServer, 'host'>,
  settings: object,
  options: Partial<HttpOptions> & { now?: Date; folder?: string } = {},
): Context<Settings> & { waits: number[] } {
  const waits: number[] = [];
  const wait = async (ms: number) => waits.push(ms);
  const tokens = new Map<string, string>();
  return {
    settings: connector.settings.parse(settings),
    http: createHttp({ allow: [server.host], wait, ...options }),
    reach: (host, port) => resolveHost(host, port, [server.host]),
    clock: () => options.now ?? NOW,
    log,
    folder: options.folder ?? null,
    token: async (name, renew) => {
      const value = tokens.get(name) ?? (await renew()).value;
      tokens.set(name, value);
      return value;
    },
    waits,
  };
}

export type Reading = { items: Item[]; cursor: unknown; pages: number };

/** Reads a stream to its end, or to the fault. Each cursor goes through JSON, as it does in the database. */
export async function read<Settings>(
  connector: Connector<Settings>,
  ctx: Context<Settings>,
  stream: string,
  cursor: unknown = null,
): Promise<Reading & { error: unknown }> {
  const reading: Reading = { items: [], cursor, pages: 0 };
  const found = connector.streams.find(({ key }) => key === stream);
  try {
    for await (const page of found!.pull(ctx, cursor)) {
      reading.items.push(...page.items);
      reading.cursor = JSON.parse(JSON.stringify(page.cursor));
      reading.pages++;
    }
    return { ...reading, error: null };
  } catch (error) {
    return { ...reading, error };
  }
}

/** Ids without repeats, in order: overlaps read some again, which storing absorbs. */
export function idsOf(items: Item[]): string[] {
  return [...new Set(items.map((item) => item.externalId))];
}

export function mapAll<Settings>(
  connector: Connector<Settings>,
  items: Item[],
  settings: Settings,
): MappedRecord[] {
  return items.flatMap((item) => connector.map(item, settings));
}
