import express, { type Express } from 'express';
import type { Config } from '../base/config.ts';
import type { Database } from '../db/pool.ts';
import { assetRouter } from './assets.ts';
import { answerError } from './errors.ts';
import { drawNonce, permissions, securityHeaders } from './headers.ts';
import { nameRequest } from './request-log.ts';
import { checkRoutes, type Route } from './route.ts';
import { machineRouter } from './routers/machine.ts';
import { peopleRouter } from './routers/people.ts';
import { publicRouter } from './routers/public.ts';
import { routes as siteMap } from './routes.ts';

export type Setting = {
  pipeline: Database;
  web: Database;
  config: Config;
  /** The code that the first visit needs; null once somebody has an account. */
  setupCode?: () => Promise<string | null>;
};

/**
 * The web: three doors in this order. Machines come before the session and take no cookie; whoever holds a link
 * needs no session either; people have session, CSRF token and role.
 */
export function createApp(setting: Setting, routes: Route[] = siteMap): Express {
  checkRoutes(routes);
  const app = express();
  app.disable('x-powered-by');
  app.set('trust proxy', 'loopback');
  app.set('query parser', 'simple');
  app.use(nameRequest, drawNonce, securityHeaders(setting.config), permissions);
  app.use(assetRouter());
  app.use(machineRouter(setting, routes));
  app.use(publicRouter(setting, routes));
  app.use(peopleRouter(setting, routes));
  app.use(answerError(setting));
  return app;
}
