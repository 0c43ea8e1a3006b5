import { z } from 'zod';
import { ADVANCED } from '../reading/folds.ts';

const SHOP = /^[a-z0-9][a-z0-9-]*\.myshopify\.com$/;

export const settings = z
  .object({
    shop: z
      .string()
      .trim()
      .toLowerCase()
      .transform(toDomain)
      .refine((shop) => SHOP.test(shop), 'Give the name of the shop as in example.myshopify.com.')
      .meta({
        title: 'Shop',
        placeholder: 'example.myshopify.com',
        help: 'In Shopify: Settings, Domains; the one that ends with myshopify.com.',
      }),
    clientId: z.string().trim().optional().meta({
      title: 'Client ID',
      help: 'In the Dev Dashboard (dev.shopify.com): create an app with the scopes read_customers, read_orders and read_all_orders, install it in the shop, and copy both from its Settings.',
    }),
    clientSecret: z.string().trim().optional().meta({
      title: 'Client secret',
      help: 'Also checks what Shopify sends by itself.',
      secret: true,
    }),
    previousClientSecret: z.string().trim().optional().meta({
      title: 'Previous client secret',
      fold: ADVANCED,
      help: 'While you change the secret: webhooks signed with the old one are taken too.',
      secret: true,
    }),
    accessToken: z.string().trim().optional().meta({
      title: 'Access token',
      fold: ADVANCED,
      help: 'Only for an app made in the shop before 2026: its token that begins with shpat_.',
      placeholder: 'shpat_…',
      secret: true,
    }),
    url: z
      .url({ protocol: /^https?$/, error: 'Give an address beginning with https://, or leave it empty.' })
      .transform((url) => url.replace(/\/+$/, ''))
      .optional()
      .meta({ title: 'API address', fold: ADVANCED, help: 'Leave empty: it follows from the shop.' }),
  })
  .refine(({ clientId, clientSecret, accessToken }) => accessToken || (clientId && clientSecret), {
    path: ['clientId'],
    message: 'Give the client ID and the client secret of the app.',
  });

export type ShopifySettings = z.infer<typeof settings>;

/** What people paste: the name alone, or the address of the admin. */
function toDomain(text: string): string {
  const host = text.replace(/^https?:\/\//, '').replace(/\/.*$/, '');
  return host.includes('.') ? host : `${host}.myshopify.com`;
}
