import { healthz, metrics, readyz } from './api/health.ts';
import {
  trackAlias,
  trackBatch,
  trackEvent,
  trackGroup,
  trackIdentify,
  trackPage,
  trackScreen,
} from './api/tracking.ts';
import { sourceConfig, trackingSettings } from './api/tracking-settings.ts';
import { showHome } from './pages/home/show.ts';
import { showReports } from './pages/reports/show.ts';
import { get, post, type Route } from './route.ts';

/** The site map: every URL of the product, with who may open it. First the machines, then whoever, then people. */
export const routes: Route[] = [
  get('/healthz', 'none', healthz),
  get('/readyz', 'none', readyz),
  get('/metrics', 'none', metrics),

  // Tracking, as the SDKs of Segment and RudderStack speak it: by word, and by letter from browsers.
  post('/v1/identify', 'write-key', trackIdentify),
  post('/v1/track', 'write-key', trackEvent),
  post('/v1/page', 'write-key', trackPage),
  post('/v1/screen', 'write-key', trackScreen),
  post('/v1/group', 'write-key', trackGroup),
  post('/v1/alias', 'write-key', trackAlias),
  post('/v1/batch', 'write-key', trackBatch),
  post('/v1/import', 'write-key', trackBatch),
  post('/v1/i', 'write-key', trackIdentify),
  post('/v1/t', 'write-key', trackEvent),
  post('/v1/p', 'write-key', trackPage),
  post('/v1/s', 'write-key', trackScreen),
  post('/v1/g', 'write-key', trackGroup),
  post('/v1/a', 'write-key', trackAlias),
  post('/v1/b', 'write-key', trackBatch),
  get('/v1/projects/:writeKey/settings', 'write-key', trackingSettings),
  get('/sourceConfig', 'write-key', sourceConfig),

  get('/', 'viewer', showHome),
  get('/reports', 'viewer', showReports),
];
