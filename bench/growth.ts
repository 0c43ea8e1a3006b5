import { parseArgs } from 'node:util';
import { refreshWorkspace } from '../src/flow/segment/refresh.ts';
import { peakMb, settle, withBusiness } from './cast/business.ts';
import { AS_OF, changeSome } from './cast/refresh.ts';

/** So many people change, whatever the size of the business. */
const CHANGED = 500;
const ROUNDS = 5;
const SECOND_MS = 1_000;

/** Does a refresh after the same change, a second later, cost the same in a business eight times as large? */
async function main(): Promise<void> {
  const { values } = parseArgs({
    options: { profiles: { type: 'string', default: '400000' } },
    strict: false,
  });
  const largest = Number(values.profiles);
  const sizes = [8, 4, 2, 1].map((part) => Math.round(largest / part));
  const rows = [];
  for (const people of sizes) rows.push({ people, changed: CHANGED, ms: await measure(people) });
  console.table(rows);
  const growth = Math.round((rows.at(-1)!.ms / rows[0]!.ms) * 100) / 100;
  console.log(JSON.stringify({ bench: 'growth', sizes, growth, peakMb: peakMb() }));
}

/** The middle of several rounds, each with other people. */
async function measure(people: number): Promise<number> {
  return await withBusiness(async (business) => {
    const { database, workspace } = business;
    await settle(business, people);
    const times: number[] = [];
    for (let round = 1; round <= ROUNDS; round += 1) {
      const asOf = new Date(AS_OF.getTime() + round * SECOND_MS);
      await changeSome(database, workspace, people, asOf, { every: people / CHANGED, from: round });
      times.push((await refreshWorkspace(database, workspace.id, { trigger: 'bench', asOf })).ms);
    }
    return times.sort((a, b) => a - b)[Math.floor(ROUNDS / 2)]!;
  });
}

await main();
