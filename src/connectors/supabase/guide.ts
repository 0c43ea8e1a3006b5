import type { Guide } from '../reading/guide.ts';

export const guide: Guide = {
  steps: [
    'In Supabase open the project, Project settings, Data API, and copy the Project URL.',
    'Open Project settings, API keys, and copy a secret key (or the key service_role). The publishable key (anon) may not list users.',
  ],
  webhook: [
    'In Supabase open Integrations, Database Webhooks, and choose Create a new hook on the table auth.users, for insert, update and delete.',
    'Choose HTTP Request, POST, and paste the address.',
    'Add an HTTP header x-webhook-secret that holds the webhook secret of this source’s settings.',
  ],
  firstSync:
    'Everybody who ever signed up is read: usually a matter of minutes. Supabase sends a webhook once and never again, so people are also read by the clock.',
};
