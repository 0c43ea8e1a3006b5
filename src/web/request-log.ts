import { randomUUID } from 'node:crypto';
import type { RequestHandler } from 'express';
import { log } from '../base/log.ts';
import { noteAnswer } from './metrics.ts';

/**
 * Names each request and writes one line when it is answered: the line of the site map, never the address
 * itself, which may hold a token or somebody's e-mail.
 */
export const nameRequest: RequestHandler = (request, response, next) => {
  const startedAt = performance.now();
  response.locals.requestId = randomUUID();
  response.set('X-Request-Id', response.locals.requestId);
  response.on('finish', () => {
    const ms = Math.round(performance.now() - startedAt);
    const route = request.route?.path ?? null;
    noteAnswer({ method: request.method, route, status: response.statusCode, ms });
    log.debug(
      {
        requestId: response.locals.requestId,
        method: request.method,
        route,
        status: response.statusCode,
        ms,
      },
      'Answered',
    );
  });
  next();
};
