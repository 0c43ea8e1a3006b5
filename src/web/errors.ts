import type { ErrorRequestHandler, Request, RequestHandler, Response } from 'express';
import { Conflict, ConnectorError, Forbidden, Invalid, type Issue, NotFound } from '../base/errors.ts';
import { log } from '../base/log.ts';
import { TooManyTries } from '../staff/too-many-tries.ts';
import type { Setting } from './app.ts';
import { Refusal } from './refusal.ts';
import { sendPage } from './respond.ts';

/** What the outside learns of an error: a status, a sentence, the fields. Never a stack, a query or a path. */
export type Told = {
  status: number;
  message: string;
  issues: Issue[];
  retryAfterSeconds?: number | undefined;
};

const TITLES: Record<number, string> = {
  400: 'This address does not make sense',
  401: 'You have been signed out',
  403: 'This is not yours to do',
  404: 'There is nothing here',
  409: 'That does not go together',
  413: 'That is too large',
  415: 'That is of the wrong kind',
  422: 'Something is not right yet',
  429: 'Too many tries',
  502: 'Another system did not answer',
  503: 'Not available right now',
};

/** One handler for everything that was thrown on the web. Machines get JSON, people a page. */
export function answerError(setting: Setting): (RequestHandler | ErrorRequestHandler)[] {
  const nothingHere: RequestHandler = () => {
    throw new NotFound('There is nothing at this address.');
  };
  const answer: ErrorRequestHandler = (error, request, response, _next) => {
    const told = tell(error, request);
    const requestId = response.locals.requestId;
    if (told.status >= 500)
      log.error({ err: error, requestId, route: request.route?.path ?? null }, 'A request failed');
    if (response.headersSent) return void response.destroy();
    if (told.retryAfterSeconds !== undefined) response.set('Retry-After', String(told.retryAfterSeconds));
    if (isForMachine(request, response)) sendJson(response, told);
    else sendErrorPage(setting, request, response, told);
  };
  return [nothingHere, answer];
}

export function tell(error: unknown, request: Pick<Request, 'method' | 'path'>): Told {
  const message = error instanceof Error ? error.message : '';
  if (error instanceof Refusal)
    return { status: error.status, message, issues: [], retryAfterSeconds: error.retryAfterSeconds };
  if (error instanceof TooManyTries)
    return { status: 429, message, issues: [], retryAfterSeconds: error.waitSeconds };
  if (error instanceof NotFound) return { status: 404, message, issues: [] };
  if (error instanceof Forbidden) return { status: 403, message, issues: [] };
  if (error instanceof Conflict) return { status: 409, message, issues: [] };
  if (error instanceof Invalid)
    return { status: invalidStatus(request), message: 'The input is not valid.', issues: error.issues };
  if (error instanceof ConnectorError) return { status: 502, message, issues: [] };
  return tellForeign(error);
}

/** A form can be corrected; an address or a machine's call is simply wrong. */
function invalidStatus(request: Pick<Request, 'method' | 'path'>): number {
  return request.method === 'GET' || request.method === 'HEAD' || isMachinePath(request.path) ? 400 : 422;
}

/** Errors of Express and its parsers carry a status; those of the sender are theirs to hear about. */
function tellForeign(error: unknown): Told {
  const status =
    typeof error === 'object' && error !== null && 'status' in error ? Number(error.status) : 500;
  if (status === 413)
    return { status, message: 'The request is larger than this address takes.', issues: [] };
  if (status >= 400 && status < 500) return { status, message: 'The request cannot be read.', issues: [] };
  if (isDatabaseAway(error))
    return {
      status: 503,
      message: 'The database does not answer. Try again in a moment.',
      issues: [],
      retryAfterSeconds: 5,
    };
  return { status: 500, message: 'Something went wrong. It has been noted.', issues: [] };
}

function isDatabaseAway(error: unknown): boolean {
  for (let at: unknown = error; at instanceof Error; at = at.cause) {
    const code = 'code' in at ? String(at.code) : '';
    if (['ECONNREFUSED', 'ENOENT', 'ECONNRESET', '57P01', '57P02', '57P03', '53300'].includes(code))
      return true;
    if (/Connection terminated|timeout exceeded when trying to connect/.test(at.message)) return true;
  }
  return false;
}

function isForMachine(request: Request, response: Response): boolean {
  return response.locals.isMachine === true || isMachinePath(request.path);
}

function isMachinePath(path: string): boolean {
  return /^\/(api|v1|hooks)(\/|$)/.test(path);
}

function sendJson(response: Response, { status, message, issues }: Told): void {
  if (status === 401) response.set('WWW-Authenticate', 'Bearer');
  response.status(status).json({ error: message, issues, requestId: response.locals.requestId });
}

function sendErrorPage(setting: Setting, request: Request, response: Response, told: Told): void {
  const title = TITLES[told.status] ?? 'Something went wrong';
  const model = { ...told, title, requestId: response.locals.requestId };
  response.set('Cache-Control', 'no-store');
  sendPage(setting, request, response, { view: 'errors/error', model, title, status: told.status });
}
