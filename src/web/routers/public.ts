import { type Request, type Response, Router } from 'express';
import type { Setting } from '../app.ts';
import { readForm, refuseDoubles, toFields } from '../bodies.ts';
import { noStore } from '../headers.ts';
import type { PublicPage, Surroundings } from '../page.ts';
import { sendAnswer } from '../respond.ts';
import type { Route } from '../route.ts';

type PublicRoute = Route & { target: PublicPage };

/** Links in mails: opened by whoever holds them, without cookie, session or CSRF token. */
export function publicRouter(setting: Setting, routes: Route[]): Router {
  const router = Router();
  for (const { method, path, target } of routes.filter(isPublicRoute)) {
    router[method](path, noStore, readForm, async (request, response) => {
      const raw = {
        params: request.params,
        query: refuseDoubles(request.query),
        body: toFields(request.body),
      };
      await sendAnswer(
        setting,
        request,
        response,
        await target.answer(toSurroundings(setting, request, response), raw),
      );
    });
  }
  return router;
}

export function toSurroundings(setting: Setting, request: Request, response: Response): Surroundings {
  return {
    web: setting.web,
    pipeline: setting.pipeline,
    config: setting.config,
    address: request.ip ?? '',
    requestId: response.locals.requestId,
    path: request.path,
    isFragment: request.get('x-requested-with') === 'XMLHttpRequest',
  };
}

function isPublicRoute(route: Route): route is PublicRoute {
  return route.target.kind === 'public';
}
