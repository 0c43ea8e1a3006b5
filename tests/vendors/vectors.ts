import { readFile } from 'node:fs/promises';
import { z } from 'zod';

const signed = z.object({ secret: z.string(), raw_body: z.string(), valid: z.string() });

/** Signatures computed by the vendors' published algorithms over bytes that must not change. */
export const vectors = z
  .object({
    meta: signed.extend({ appsecret_proof: z.object({ access_token: z.string(), value: z.string() }) }),
    identity_hashing: z.record(z.string(), z.string()),
    ghost_webhook: signed,
    ghost_admin_jwt: z.object({
      admin_api_key: z.string(),
      claims: z.object({ iat: z.number() }),
      token: z.string(),
    }),
  })
  .parse(JSON.parse(await readFile(new URL('specs/vectors.json', import.meta.url), 'utf8')));
