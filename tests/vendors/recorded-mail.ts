import { readFile } from 'node:fs/promises';
import { z } from 'zod';

const row = z.record(z.string(), z.unknown());

/** What mail vendors said, or say in their documented shape. */
export const recordedMail = z
  .object({
    klaviyo_profiles: z.array(z.object({ id: z.string(), attributes: row })),
    klaviyo_events: z.object({ data: z.array(row), included: z.array(row) }),
    sendgrid_contact: row,
    sendgrid_events: z.array(row),
    sendgrid_signature: z.object({
      public_key_spki_base64: z.string(),
      timestamp: z.string(),
      raw_body: z.string(),
      valid: z.string(),
    }),
    postmark_hooks: z.array(row),
    brevo_hooks: z.array(row),
  })
  .parse(JSON.parse(await readFile(new URL('specs/recorded-mail.json', import.meta.url), 'utf8')));
