import { z } from 'zod';
import { compareSql } from './compare.sql.ts';
import { compare } from './compare.ts';
import { checkComparison, comparisonKeys, comparisonOf, name } from './comparison.ts';
import { comparisonEdges } from './edges.ts';
import type { Kind } from './kind.ts';
import { lookUp } from './values.ts';
import { comparisonWords } from './words.ts';

const shape = z
  .strictObject({ trait: name, ...comparisonKeys })
  .superRefine((leaf, context) => checkComparison(leaf, context))
  .meta({ title: 'TraitRule' });

/** What is known of the person by name: country, plan, birthday. */
export const trait: Kind<z.infer<typeof shape>> = {
  key: 'trait',
  shape,
  holds: (leaf, person, setting) => {
    const value = lookUp(person.traits, leaf.trait);
    return { holds: compare(comparisonOf(leaf), value, setting), evidence: { value } };
  },
  compile: (leaf, query) => compareSql(comparisonOf(leaf), query.trait(leaf.trait), query),
  edges: (leaf, span) => comparisonEdges('trait', leaf.trait, comparisonOf(leaf), span),
  words: (leaf) => `${leaf.trait} ${comparisonWords(comparisonOf(leaf))}`,
};
