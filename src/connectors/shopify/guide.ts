import type { Guide } from '../reading/guide.ts';

export const guide: Guide = {
  steps: [
    'Open the Dev Dashboard (dev.shopify.com), sign in as the owner of the shop, and choose Create app. Name it Segments.',
    'Under Versions give it the scopes read_customers, read_orders and read_all_orders. Without the last, orders older than 60 days stay hidden. Release the version.',
    'Choose Install app and your shop.',
    'Open Settings of the app, and copy Client ID and Client secret into this form.',
    'The name of the shop ends with myshopify.com; it stands in the Shopify admin under Settings, Domains.',
  ],
  webhook: [
    'There is nothing to set at Shopify: the app is told when the source is connected, or by Tell the vendor for me, and sends customers, orders and refunds by itself.',
    'They are signed with the client secret of the app, which the settings already hold.',
  ],
  firstSync:
    'All customers and orders are read. Shopify writes them into one file and hands it over: a hundred thousand orders take some ten minutes, most of it waiting for Shopify.',
};
