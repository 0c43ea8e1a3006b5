import { sql } from 'drizzle-orm';
import { z } from 'zod';
import { identifiers } from '../../../db/schema/identify.ts';
import { name } from './comparison.ts';
import type { Kind, Known } from './kind.ts';

const PLAIN = ['user_id', 'email', 'phone', 'anonymous_id'];
const shape = z
  .strictObject({ identifier: name, is: z.enum(['present', 'absent']) })
  .meta({ title: 'IdentifierRule' });

/** Has the person an email, a phone, an id of a source? */
export const identifier: Kind<z.infer<typeof shape>> = {
  key: 'identifier',
  shape,
  check: (leaf, known) =>
    storedKind(leaf.identifier, known)
      ? []
      : [
          {
            path: 'identifier',
            message: 'One of user_id, email, phone, anonymous_id, or source:<key> of a source.',
          },
        ],
  holds: (leaf, person, { known }) => {
    const kind = storedKind(leaf.identifier, known);
    return { holds: person.identifiers.some((each) => each.kind === kind) === (leaf.is === 'present') };
  },
  compile: (leaf, query) => {
    const has = sql`p.id in (
      select i.profile_id from ${identifiers} i
       where i.workspace_id = ${query.workspaceId} and i.kind = ${storedKind(leaf.identifier, query.known)}
         ${query.among(sql`i.profile_id`)})`;
    return leaf.is === 'present' ? sql`(${has})` : sql`(not ${has})`;
  },
  edges: () => [],
  words: (leaf) => `${leaf.is === 'present' ? 'has' : 'has no'} ${leaf.identifier.replace('_', ' ')}`,
};

/** Rules name a source by its key; identifiers keep its id. */
function storedKind(given: string, known: Known): string | null {
  if (PLAIN.includes(given)) return given;
  const source = given.startsWith('source:') ? known.sources.get(given.slice('source:'.length)) : undefined;
  return source ? `source:${source}` : null;
}
