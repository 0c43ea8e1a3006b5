import { parseArgs } from 'node:util';
import { type Measured, peakMb, refresh, settle, withBusiness } from './cast/business.ts';
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
  for (const people of sizes) rows.push({ people, changed: CHANGED, ...(await measure(people)) });
  console.table(rows);
  const [first, last] = [rows[0]!, rows.at(-1)!];
  const ratio = (large: number | null, small: number | null) =>
    large === null || small === null ? null : Math.round((large / small) * 100) / 100;
  console.log(
    JSON.stringify({
      bench: 'growth',
      sizes,
      growth: ratio(last.ms, first.ms),
      cpuGrowth: ratio(last.cpuMs, first.cpuMs),
      peakMb: peakMb(),
    }),
  );
}

/** The middle of several rounds, each with other people. */
async function measure(people: number): Promise<Pick<Measured, 'ms' | 'cpuMs'>> {
  return await withBusiness(async (business) => {
    const { database, workspace } = business;
    await settle(business, people);
    const runs: Measured[] = [];
    for (let round = 1; round <= ROUNDS; round += 1) {
      const asOf = new Date(AS_OF.getTime() + round * SECOND_MS);
      await changeSome(database, workspace, people, asOf, { every: people / CHANGED, from: round });
      runs.push(await refresh(business, asOf));
    }
    const middle = (numbers: number[]) => numbers.sort((a, b) => a - b)[Math.floor(numbers.length / 2)];
    const cpu = runs.flatMap((run) => run.cpuMs ?? []);
    return { ms: middle(runs.map((run) => run.ms))!, cpuMs: middle(cpu) ?? null };
  });
}

await main();
