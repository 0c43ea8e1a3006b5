import { type Request, type Response, Router } from 'express';
import { findKey, type MachineKey } from '../../staff/keys.ts';
import type { EndpointAnswer } from '../answers.ts';
import type { Setting } from '../app.ts';
import { inflateBytes, readBytes, refuseDoubles } from '../bodies.ts';
import type { Endpoint, MachineContext, OpenEndpoint } from '../endpoint.ts';
import { Refusal } from '../refusal.ts';
import type { Route, RouteRole } from '../route.ts';

type MachineRoute = Route & { target: Endpoint | OpenEndpoint };

const CORS_HEADERS = {
  'Access-Control-Allow-Origin': '*',
  'Access-Control-Allow-Headers': 'Authorization, Content-Type, X-Retry-Count, AnonymousId, SentAt',
  'Access-Control-Allow-Methods': 'GET, POST, OPTIONS',
  'Access-Control-Expose-Headers': 'Retry-After',
  'Access-Control-Max-Age': '86400',
  'Cross-Origin-Resource-Policy': 'cross-origin',
};

/** Machines: keys or secrets in the path, JSON errors, no cookie. */
export function machineRouter(setting: Setting, routes: Route[]): Router {
  const router = Router();
  for (const route of routes.filter(isMachineRoute)) mount(router, setting, route);
  return router;
}

function mount(router: Router, setting: Setting, { method, path, role, target }: MachineRoute): void {
  router.all(path, (_request, response, next) => {
    response.locals.isMachine = true;
    response.set('Cache-Control', 'no-store');
    if (target.cors) response.set(CORS_HEADERS);
    next();
  });
  if (target.cors) router.options(path, (_request, response) => void response.status(204).end());
  router[method](path, readBytes(target.maxBytes), async (request, response) => {
    const context = await toContext(setting, request, response, target.maxBytes);
    const raw = { params: request.params, query: refuseDoubles(request.query) };
    if (target.kind === 'open-endpoint') return send(response, await target.answer(context, raw));
    const key = await authenticate({ setting, role, target, context, ...raw });
    send(response, await target.answer({ ...context, key, workspaceId: key.workspaceId }, raw));
  });
}

function isMachineRoute(route: Route): route is MachineRoute {
  return route.target.kind === 'endpoint' || route.target.kind === 'open-endpoint';
}

async function toContext(
  setting: Setting,
  request: Request,
  response: Response,
  maxBytes: number,
): Promise<MachineContext> {
  return {
    method: request.method,
    bytes: await inflateBytes(request, maxBytes),
    headers: textHeaders(request),
    web: setting.web,
    pipeline: setting.pipeline,
    config: setting.config,
    address: request.ip ?? '',
    requestId: response.locals.requestId,
  };
}

function textHeaders(request: Request): Record<string, string> {
  const pairs = Object.entries(request.headers).filter(([name]) => name !== 'cookie');
  return Object.fromEntries(
    pairs.map(([name, value]) => [name, Array.isArray(value) ? value.join(', ') : (value ?? '')]),
  );
}

type Presented = {
  setting: Setting;
  role: RouteRole;
  target: Endpoint;
  context: MachineContext;
  params: Record<string, unknown>;
  query: Record<string, unknown>;
};

/** A key of the other kind is as good as none: a write key, which stands in web pages, must not read. */
async function authenticate({
  setting,
  role,
  target,
  context,
  params,
  query,
}: Presented): Promise<MachineKey> {
  const presented =
    readAuthorization(context.headers.authorization, role) ??
    target.findKey?.({ bytes: context.bytes, params, query }) ??
    null;
  const key = presented ? await findKey(setting.pipeline, presented) : null;
  if (!key || `${key.kind}-key` !== role) throw new Refusal(401, 'The key is missing, unknown or revoked.');
  return key;
}

/** API keys come as Bearer, write keys as the user name of Basic. */
function readAuthorization(header: string | undefined, role: RouteRole): string | null {
  const [scheme, value] = header?.trim().split(/\s+/) ?? [];
  if (!scheme || !value) return null;
  if (scheme.toLowerCase() === 'bearer') return value;
  if (scheme.toLowerCase() !== 'basic' || role !== 'write-key') return null;
  return Buffer.from(value, 'base64').toString('utf8').split(':')[0] || null;
}

function send(response: Response, answer: EndpointAnswer): void {
  response.status(answer.status ?? 200).set(answer.headers ?? {});
  if ('json' in answer) response.json(answer.json);
  else if ('text' in answer) response.type(answer.contentType).send(answer.text);
  else if ('stream' in answer)
    answer.stream.on('error', (error) => response.destroy(error)).pipe(response.type(answer.contentType));
  else response.end();
}
