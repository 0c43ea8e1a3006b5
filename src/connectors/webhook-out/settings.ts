import { z } from 'zod';

const FEWEST_BYTES = 24;

const secret = z
  .string()
  .trim()
  .regex(/^whsec_[A-Za-z0-9+/]+=*$/, 'A signing secret begins with whsec_, and base64 follows.')
  .refine((text) => keyOf(text).length >= FEWEST_BYTES, `Make it ${FEWEST_BYTES} bytes or more.`);

export const settings = z.object({
  url: z.url({ protocol: /^https?$/, error: 'Give an address that begins with https://.' }).meta({
    title: 'Address',
    help: 'Where messages are sent: one for each person who enters or leaves.',
    placeholder: 'https://example.com/hooks/segments',
  }),
  secret: secret.meta({
    title: 'Signing secret',
    help: 'The receiver checks with it that a message is ours (Standard Webhooks). Make one with: echo "whsec_$(openssl rand -base64 32)", and keep it there too.',
    secret: true,
  }),
  previousSecret: secret.optional().meta({
    title: 'Signing secret before',
    help: 'Only while the receiver changes its secret: messages are signed with both.',
    secret: true,
  }),
});

export type WebhookOutSettings = z.infer<typeof settings>;

/** The key is what stands behind the prefix. */
export function keyOf(given: string): Buffer {
  return Buffer.from(given.replace(/^whsec_/, ''), 'base64');
}
