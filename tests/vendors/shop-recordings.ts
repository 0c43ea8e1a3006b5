import { readFile } from 'node:fs/promises';
import { z } from 'zod';

const read = async (file: string): Promise<unknown> =>
  JSON.parse(await readFile(new URL(`specs/${file}`, import.meta.url), 'utf8'));

const signed = z.object({ secret: z.string(), raw_body: z.string(), valid: z.string() });
const invalid = z.array(z.object({ why: z.string(), value: z.string() }));
const row = z.record(z.string(), z.unknown());
const delivery = z.object({ headers: z.record(z.string(), z.string()), raw_body: z.string() });

/** Signatures of shops and billing over bytes that must not change. */
export const shopVectors = z
  .object({
    shopify: signed,
    woocommerce: signed,
    stripe: signed.extend({ valid_with_rotation: z.string(), invalid }),
  })
  .parse(await read('shop-vectors.json'));

/** What the vendors' own samples and fixtures say. */
export const recordedShops = z
  .object({
    shopify: z.record(z.string(), delivery),
    woocommerce: z.record(z.string(), row),
    stripe: z.record(z.string(), row),
  })
  .parse(await read('shop-recordings.json'));
