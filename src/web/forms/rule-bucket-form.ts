import type { Fields, RuleJson } from './rule-form.ts';

/** A random share of people as form fields, and back; a new one is the first tenth. */
export function readBucket(fields: Fields): RuleJson {
  return { bucket: [percent(fields.from ?? '0'), percent(fields.to ?? '10')] };
}

export function bucketFields({ bucket }: RuleJson): Fields {
  const [from, to] = Array.isArray(bucket) ? bucket : [];
  return { kind: 'bucket', from: String(from), to: String(to) };
}

/** What is no number goes on as it was typed: the rule language says so. */
function percent(value: string): unknown {
  return value.trim() === '' || Number.isNaN(Number(value)) ? value : Number(value);
}
