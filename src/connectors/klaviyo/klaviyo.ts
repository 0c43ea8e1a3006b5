import { defineConnector } from '../contract.ts';
import { eventsStream } from './events.ts';
import { guide } from './guide.ts';
import { map } from './map.ts';
import { profilesStream } from './profiles.ts';
import { audience, push } from './push.ts';
import { type KlaviyoSettings, settings } from './settings.ts';
import { settle } from './settle.ts';
import { check, totals } from './totals.ts';

/** Klaviyo's webhooks are for listed apps only, so it is asked. It does not tell of deleted profiles. */
export default defineConnector<KlaviyoSettings>({
  key: 'klaviyo',
  name: 'Klaviyo',
  category: 'email',
  summary:
    'Profiles with their consent, and who received, opened and clicked what. Segments go back as lists.',
  guide,
  settings,
  streams: [profilesStream, eventsStream],
  map,
  audience,
  push,
  settle,
  totals,
  check,
});
