import { describe, expect, it } from 'vitest';
import { createTestDatabase } from '../../setup/database.ts';
import { compareEvaluators, type Disagreement } from './agreement.ts';
import { TRIALS } from './trials.ts';

/** A few rules over a few people here; `npm run bench -- agree` compares 5,000 rules over 500 people. */
const RULES = 16;
const PEOPLE = 60;

describe('memory, full SQL and the refresh by change', async () => {
  const { database } = await createTestDatabase();

  it.each(TRIALS)('say the same of random rules and people in $timezone from $start', async (given) => {
    const trial = { ...given, start: new Date(given.start), rules: RULES, people: PEOPLE };
    const { compared, differences } = await compareEvaluators(database, trial);
    expect(differences.slice(0, 3).map(inShort)).toEqual([]);
    expect(compared).toBeGreaterThan(RULES * PEOPLE * trial.moves.length);
  });
});

function inShort({ asOf, rule, who, profile }: Disagreement) {
  return { asOf: asOf.toISOString(), rule, who, profile };
}
