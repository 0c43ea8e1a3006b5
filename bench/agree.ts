import { createHash } from 'node:crypto';
import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { configureSecrets } from '../src/base/secrets.ts';
import { startEmbedded } from '../src/db/embedded/server.ts';
import { migrateDatabase } from '../src/db/migrate.ts';
import { closeDatabase, type Database, openDatabase } from '../src/db/pool.ts';
import { type Agreement, compareEvaluators, type Disagreement } from '../tests/flow/segment/agreement.ts';
import { TRIALS } from '../tests/flow/segment/trials.ts';

const SHOWN = 20;
/** The clock moves over its change while people change, then a week and more by time alone. */
const MOVES = [185, 11_000];
const AT_ONCE = 2;

/** Random rules over random people: memory, full SQL and the refresh by change have to say the same. */
async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      rules: { type: 'string', default: '5000' },
      profiles: { type: 'string', default: '500' },
      seed: { type: 'string', default: '1' },
    },
    strict: false,
  });
  const folder = mkdtempSync(path.join(os.tmpdir(), 'segments-bench-'));
  chmodSync(folder, 0o711);
  configureSecrets(createHash('sha256').update('a key for one benchmark').digest());
  const server = await startEmbedded(path.join(folder, 'data'));
  const database = openDatabase(server.url);
  try {
    await migrateDatabase(server.url);
    await compare(database, {
      rules: Number(values.rules),
      people: Number(values.profiles),
      seed: Number(values.seed),
    });
  } finally {
    await closeDatabase(database);
    await server.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}

async function compare(
  database: Database,
  wish: { rules: number; people: number; seed: number },
): Promise<void> {
  const startedAt = performance.now();
  const found: Agreement = { rules: 0, compared: 0, differences: [] };
  const rules = Math.ceil(wish.rules / TRIALS.length);
  const waiting = TRIALS.map(({ timezone, start }, index) => ({
    timezone,
    start: new Date(start),
    moves: MOVES,
    rules,
    people: wish.people,
    seed: wish.seed * 1_000 + index,
  }));
  const work = async () => {
    for (let trial = waiting.shift(); trial; trial = waiting.shift()) {
      const one = await compareEvaluators(database, trial);
      found.rules += one.rules;
      found.compared += one.compared;
      found.differences.push(...one.differences);
      const from = `${trial.timezone} from ${trial.start.toISOString()}`;
      console.log(`${from}: ${one.rules} rules, ${one.differences.length} differences`);
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, work));
  report(found, wish.people, Math.round((performance.now() - startedAt) / 1000));
}

function report({ rules, compared, differences }: Agreement, people: number, seconds: number): void {
  console.table(differences.slice(0, SHOWN).map(inShort));
  const zones = new Set(TRIALS.map(({ timezone }) => timezone)).size;
  console.log(
    JSON.stringify({
      bench: 'agree',
      rules,
      people,
      zones,
      refreshes: TRIALS.length * (MOVES.length + 1),
      compared,
      differences: differences.length,
      seconds,
    }),
  );
  if (differences.length > 0) process.exitCode = 1;
}

function inShort({ trial, asOf, rule, who, profile }: Disagreement) {
  return { zone: trial.timezone, seed: trial.seed, asOf: asOf.toISOString(), rule, who, profile };
}

await main();
