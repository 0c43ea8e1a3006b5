import type { Guide } from '../reading/guide.ts';

export const guide: Guide = {
  steps: [
    'In WordPress open WooCommerce, Settings, Advanced, REST API, and choose Add key.',
    'Describe it as Segments, choose a user who may see orders, and as permissions Read; with Read/Write the webhooks are set up for you.',
    'Choose Generate API key, and copy consumer key (ck_…) and consumer secret (cs_…). They are shown only this time.',
    'The address of the shop must begin with https://: over http WooCommerce takes no keys.',
  ],
  webhook: [
    'In WordPress open WooCommerce, Settings, Advanced, Webhooks, and choose Add webhook.',
    'Once each for Order created, Order updated, Order deleted, Customer created, Customer updated and Customer deleted: paste the address, and set the status to Active.',
    'Give all of them the same secret, and put it into this source’s settings.',
  ],
  firstSync:
    'All orders and customers are read, a hundred at a time: ten thousand orders take a few minutes, depending on how quick the shop is.',
};
