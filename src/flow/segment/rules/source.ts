import { sql } from 'drizzle-orm';
import { z } from 'zod';
import { events, records } from '../../../db/schema/identify.ts';
import { name } from './comparison.ts';
import { eventEdges } from './edges.ts';
import { type Kind, titleOf } from './kind.ts';

const shape = z
  .strictObject({ source: name, is: z.enum(['seen', 'not seen']) })
  .meta({ title: 'SourceRule' });

/** Has a source told us of the person: a record of theirs, or an event? */
export const source: Kind<z.infer<typeof shape>> = {
  key: 'source',
  shape,
  check: (leaf, known) =>
    known.sources.has(leaf.source)
      ? []
      : [{ path: 'source', message: `There is no source “${leaf.source}”.` }],
  holds: (leaf, person, { known, asOf }) => {
    const id = known.sources.get(leaf.source);
    const seen =
      person.sources.some((each) => each === id) ||
      person.events.some((each) => each.sourceId === id && each.at <= asOf.getTime());
    return { holds: seen === (leaf.is === 'seen') };
  },
  compile: (leaf, query) => {
    const id = query.known.sources.get(leaf.source) ?? null;
    const seen = sql`p.id in (
      select r.profile_id from ${records} r
       where r.workspace_id = ${query.workspaceId} and r.source_id = ${id}::uuid and r.profile_id is not null
         ${query.among(sql`r.profile_id`)}
      union all
      select e.profile_id from ${events} e
       where e.workspace_id = ${query.workspaceId} and e.source_id = ${id}::uuid
         and e.occurred_at <= ${query.asOf.toISOString()}::timestamptz ${query.among(sql`e.profile_id`)})`;
    return leaf.is === 'seen' ? sql`(${seen})` : sql`(not ${seen})`;
  },
  edges: (_leaf, span) => eventEdges('*', undefined, span),
  words: (leaf, titles) => `${leaf.is} at the source ${titleOf(leaf.source, titles?.sources)}`,
};
