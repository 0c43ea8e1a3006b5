import type { Guide } from '../reading/guide.ts';

export const guide: Guide = {
  steps: [
    'In Meta Business settings (business.facebook.com) open Users, System users and add one called Segments with the role Employee.',
    'Choose Assign assets and give it the ad account (View performance); for lead forms the page as well.',
    'Choose Generate new token, choose your app, and tick ads_read; for lead forms also leads_retrieval, pages_show_list and pages_read_engagement. To send segments as audiences: ads_management.',
    'Copy the token. The ad account ID stands in the address bar of the Ads Manager behind act=.',
  ],
  webhook: [
    'In developers.facebook.com open your app, Webhooks, and choose the object Page.',
    'Paste the address as Callback URL, and as Verify token the word of this source’s settings.',
    'Subscribe to the field leadgen. The app secret (App settings, Basic) must stand in this source’s settings.',
  ],
  firstSync:
    'Two years of cost are read, a month at a time: a few minutes. The last 28 days are read again each time, because Meta corrects them. Leads reach back 90 days, no further: Meta deletes them then.',
};
