import { type SQL, sql } from 'drizzle-orm';
import { z } from 'zod';
import { compareSql } from './compare.sql.ts';
import { compare } from './compare.ts';
import { checkComparison, comparisonKeys, comparisonOf } from './comparison.ts';
import { comparisonEdges } from './edges.ts';
import { FACT_NAMES, FACTS, type FactName } from './fact-names.ts';
import type { Kind } from './kind.ts';
import type { Person } from './person.ts';
import type { ValueSql } from './value.sql.ts';
import type { Value } from './values.ts';
import { comparisonWords } from './words.ts';

const shape = z
  .strictObject({
    fact: z.enum(FACT_NAMES, 'Choose a fact, such as orders or last_order_at.'),
    ...comparisonKeys,
  })
  .superRefine((leaf, context) => checkComparison(leaf, context))
  .meta({ title: 'FactRule' });

/** What we computed of the person: orders, net revenue, last order. */
export const fact: Kind<z.infer<typeof shape>> = {
  key: 'fact',
  shape,
  holds: (leaf, person, setting) => {
    const value = factOf(person, leaf.fact);
    return { holds: compare(comparisonOf(leaf), value, setting), evidence: { value } };
  },
  compile: (leaf, query) => compareSql(comparisonOf(leaf), columnOf(leaf.fact, query.facts), query),
  edges: (leaf, span) => comparisonEdges('fact', leaf.fact, comparisonOf(leaf), span),
  words: (leaf) => `${FACTS[leaf.fact].title} ${comparisonWords(comparisonOf(leaf))}`,
};

function factOf(person: Person, name: FactName): Value | undefined {
  return person.facts[name] ?? ('absent' in FACTS[name] ? 0n : undefined);
}

/** Column names are ours, from the table above. */
function columnOf(name: FactName, table: SQL): ValueSql {
  const { column, type } = FACTS[name];
  const stored = sql`${table}.${sql.identifier(column)}`;
  if (type === 'instant') return { instant: stored };
  if (type === 'text') return { text: stored };
  const known = 'absent' in FACTS[name] ? sql`coalesce(${stored}, 0)` : stored;
  return type === 'whole' ? { whole: known } : { number: known };
}
