import { createHash } from 'node:crypto';
import { sql } from 'drizzle-orm';
import { z } from 'zod';
import type { Kind } from './kind.ts';
import { toValue } from './values.ts';

const percent = z.number().min(0).max(100);
const shape = z
  .strictObject({
    bucket: z.tuple([percent, percent]).refine(([from, to]) => from <= to, 'The smaller number comes first.'),
  })
  .meta({ title: 'BucketRule' });

/** A stable random share of people: [from, to) of 100, by a hash of the profile id. */
export const bucket: Kind<z.infer<typeof shape>> = {
  key: 'bucket',
  shape,
  holds: (leaf, person) => {
    const [from, to] = leaf.bucket.map(threshold);
    const hash = BigInt(`0x${createHash('md5').update(person.id).digest('hex').slice(0, 8)}`) * 100_000_000n;
    return { holds: hash >= from! && hash < to!, evidence: { percent: hash / 2n ** 32n } };
  },
  compile: (leaf) => {
    const [from, to] = leaf.bucket.map(firstHash);
    if (from === null) return sql`false`;
    const hash = sql`md5(p.id::text) collate "C"`;
    const parts = [leaf.bucket[0] > 0 && sql`${hash} >= ${from}`, to !== null && sql`${hash} < ${to}`];
    return sql`(${sql.join([sql`true`, ...parts.filter((part) => part !== false)], sql` and `)})`;
  },
  edges: () => [],
  words: (leaf) => `is in the random share from ${leaf.bucket[0]} to ${leaf.bucket[1]} percent`,
};

/** The hash at which a percentage begins, as it is written; null behind the last. Texts of it are ordered as its numbers are. */
function firstHash(given: number): string | null {
  const first = (threshold(given) + 99_999_999n) / 100_000_000n;
  return first < 2n ** 32n ? first.toString(16).padStart(8, '0') : null;
}

/** A percentage in millionths, on the scale of 32 bits times 100 millionths. */
function threshold(given: number): bigint {
  return (toValue(given) as bigint) * 2n ** 32n;
}
