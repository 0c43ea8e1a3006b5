import { sql } from 'drizzle-orm';
import { type Db, rowsOf } from '../../db/pool.ts';
import { quarantine, rawEvents } from '../../db/schema/collect.ts';

/** Shorter texts stand in too many records by chance to say that a record is about somebody. */
const MIN_MATCH = 5;

/**
 * Takes out of quarantine whatever names the person, and empties what was said of these things; an external id may
 * be an address. The rows of raw events stay by their ids, so that the same item is known for ever. May run twice.
 * Served by raw_events_subject.
 */
export async function forgetSaid(
  db: Db,
  workspaceId: string,
  person: { subjects: string[]; names: string[] },
): Promise<void> {
  const subjects = sql`any(${sql.param(person.subjects)}::uuid[])`;
  const patterns = person.names
    .filter((name) => name.length >= MIN_MATCH)
    .map(
      (name) =>
        `%${JSON.stringify(name)
          .slice(1, -1)
          .replaceAll(/[\\%_]/g, '\\$&')}%`,
    );
  const refused = await rowsOf<{ subject: string | null }>(
    db,
    sql`delete from ${quarantine}
         where workspace_id = ${workspaceId}
           and (subject = ${subjects} or payload::text ilike any(${sql.param(patterns)}::text[]))
        returning subject`,
  );
  const all = [...person.subjects, ...refused.flatMap(({ subject }) => subject ?? [])];
  await db.execute(sql`update ${rawEvents} set payload = null, external_id = ''
     where workspace_id = ${workspaceId} and subject = any(${sql.param(all)}::uuid[])
       and (payload is not null or external_id <> '')`);
}
