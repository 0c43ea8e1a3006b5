import { z } from 'zod';
import { NAMES } from './refresh.ts';

/** What a statement by hand is written for: both databases read the same tables by the same words. */
export type Hand = { workspaceId: string; asOf: Date };
export type Written = { key: string; statement: string };

const days = z.string().regex(/^[0-9]+d$/);
const window = z.union([z.strictObject({ last: days }), z.strictObject({ between: z.tuple([days, days]) })]);
const fact = z.strictObject({ fact: z.string(), op: z.string(), value: z.unknown().optional() });
const where = z.strictObject({ property: z.string(), op: z.string(), value: z.string().optional() });
const event = z.strictObject({
  event: z.string(),
  where: z.array(where).optional(),
  count: z.strictObject({ op: z.string(), value: z.number() }).optional(),
  sum: z.strictObject({ property: z.string(), op: z.string(), value: z.number() }).optional(),
  within: window.optional(),
});
const trait = z.strictObject({ trait: z.string(), op: z.string(), value: z.unknown() });
const bucket = z.strictObject({ bucket: z.tuple([z.number(), z.number()]) });

const SIGNS: Record<string, string> = { eq: '=', gte: '>=', gt: '>', lte: '<=', lt: '<' };

/**
 * The segments of the benchmark one by one, as somebody who knows the tables would write each: people of the
 * workspace, `in` a grouped look at the events by name and time (which the indexes serve), a join to their facts or
 * traits only where those are asked for.
 */
export function writeByHand(rules: { key: string; definition: unknown }[], hand: Hand): Written[] {
  return rules.map(({ key, definition }) => ({ key, statement: countPeople(definition, hand) }));
}

function countPeople(definition: unknown, hand: Hand): string {
  const text = JSON.stringify(definition);
  const joins = [
    text.includes('"fact"')
      ? 'left join facts f on f.workspace_id = p.workspace_id and f.profile_id = p.id'
      : '',
    text.includes('"trait"')
      ? 'left join profile_traits t on t.workspace_id = p.workspace_id and t.profile_id = p.id'
      : '',
  ];
  return `select count(*) as people from profiles p ${joins.join(' ')}
           where p.workspace_id = '${hand.workspaceId}' and p.merged_into is null and p.erased_at is null
             and ${sayNode(definition, hand)}`;
}

function sayNode(node: unknown, hand: Hand): string {
  const group = z
    .union([
      z.strictObject({ all: z.array(z.unknown()) }),
      z.strictObject({ any: z.array(z.unknown()) }),
      z.strictObject({ none: z.array(z.unknown()) }),
    ])
    .safeParse(node).data;
  if (!group) return sayLeaf(node, hand);
  if ('all' in group) return `(${group.all.map((each) => sayNode(each, hand)).join(' and ')})`;
  const nodes = 'any' in group ? group.any : group.none;
  const either = `(${nodes.map((each) => sayNode(each, hand)).join(' or ')})`;
  return 'any' in group ? either : `not coalesce(${either}, false)`;
}

function sayLeaf(leaf: unknown, hand: Hand): string {
  const asEvent = event.safeParse(leaf).data;
  if (asEvent) return sayEvent(asEvent, hand);
  const asFact = fact.safeParse(leaf).data;
  if (asFact) return sayFact(asFact, hand);
  const asTrait = trait.safeParse(leaf).data;
  return asTrait ? sayTrait(asTrait) : sayBucket(bucket.parse(leaf).bucket);
}

function sayEvent(asked: z.infer<typeof event>, { workspaceId, asOf }: Hand): string {
  const [from, to] = asked.within ? ends(asked.within, asOf) : [null, moment(asOf)];
  const since = from ? `and e.occurred_at > ${from}` : '';
  const where = (asked.where ?? []).map((each) => `and ${sayProperty(each)}`);
  const isNever = asked.count?.op === 'eq' && asked.count.value === 0;
  const people = `select e.profile_id from events e
     where e.workspace_id = '${workspaceId}' and e.name_id = ${NAMES.indexOf(asked.event) + 1}
       ${since} and e.occurred_at <= ${to} ${where.join(' ')}`;
  if (isNever) return `not exists (${people} and e.profile_id = p.id)`;
  return `p.id in (${people} ${havingOf(asked)})`;
}

function sayProperty({ property, op, value }: z.infer<typeof where>): string {
  const text = `e.properties ->> '${property}'`;
  if (op === 'startsWith') return `lower(${text}) like '${value}%'`;
  return op === 'set' ? `(${text}) is not null` : `(${text}) = 'true'`;
}

function havingOf({ count, sum }: z.infer<typeof event>): string {
  if (sum) return `group by e.profile_id having sum(e.value) ${SIGNS[sum.op]} ${sum.value}`;
  return count && count.value > 1
    ? `group by e.profile_id having count(*) ${SIGNS[count.op]} ${count.value}`
    : '';
}

function sayFact({ fact: name, op, value }: z.infer<typeof fact>, { asOf }: Hand): string {
  const column = `f.${name}`;
  if (op === 'unset') return `${column} is null`;
  if (op === 'within') {
    const [from, to] = ends(window.parse(value), asOf);
    return `(${column} > ${from} and ${column} <= ${to})`;
  }
  if (op === 'in') return `${column} in (${listOf(value)})`;
  return `${column} ${SIGNS[op]} ${typeof value === 'string' ? `'${value}'` : String(value)}`;
}

function sayTrait({ trait: name, op, value }: z.infer<typeof trait>): string {
  const text = `t.traits ->> '${name}'`;
  if (op === 'eq') return `(${text}) = '${value}'`;
  if (op === 'gte') return `cast(${text} as numeric) >= ${value}`;
  return `(${text}) in (${listOf(value)})`;
}

function listOf(value: unknown): string {
  const values = z.array(z.string()).parse(value);
  return values.map((each) => `'${each}'`).join(', ');
}

/** The two databases turn hexadecimal text to a number by different words; both keep to the first 32 bits of md5. */
function sayBucket([from, to]: [number, number]): string {
  const hex = `left(md5(cast(p.id as text)), 8)`;
  const bound = (percent: number) =>
    Math.ceil((percent / 100) * 2 ** 32)
      .toString(16)
      .padStart(8, '0');
  return to === 100
    ? `${hex} >= '${bound(from)}'`
    : `(${hex} >= '${bound(from)}' and ${hex} < '${bound(to)}')`;
}

function ends(given: z.infer<typeof window>, asOf: Date): [string, string] {
  if ('last' in given) return [ago(asOf, given.last), moment(asOf)];
  return [ago(asOf, given.between[0]), ago(asOf, given.between[1])];
}

function ago(asOf: Date, given: string): string {
  return moment(new Date(asOf.getTime() - Number.parseInt(given, 10) * 86_400_000));
}

function moment(at: Date): string {
  return `timestamptz '${at.toISOString()}'`;
}
