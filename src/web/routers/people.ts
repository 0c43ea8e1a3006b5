import { type Request, type RequestHandler, type Response, Router } from 'express';
import { Forbidden } from '../../base/errors.ts';
import { withWorkspace } from '../../db/doors.ts';
import { isAtLeast } from '../../staff/roles.ts';
import type { SignedIn } from '../../staff/signed-in.ts';
import type { Setting } from '../app.ts';
import { readForm, refuseDoubles, toFields } from '../bodies.ts';
import { refuseCrossSite, requireToken } from '../csrf.ts';
import { noStore } from '../headers.ts';
import type { EntryPage, Page, SignedInUser } from '../page.ts';
import { Refusal } from '../refusal.ts';
import { sendAnswer } from '../respond.ts';
import type { Route, RouteRole } from '../route.ts';
import { endOldSessions, sessions } from '../session.ts';
import { loadUser, makePassport, type Passport, sessionDoor } from '../sign-in.ts';
import { readUpload, type Upload } from '../upload.ts';
import { toSurroundings } from './public.ts';

type PeopleRoute = Route & { target: Page | EntryPage };
type Exchange = { setting: Setting; passport: Passport; request: Request; response: Response };

/** People: session, token of the form, role; in this order, for every line of the site map. */
export function peopleRouter(setting: Setting, routes: Route[]): Router {
  const router = Router();
  const passport = makePassport(setting);
  router.use(noStore, refuseCrossSite, sessions(setting), endOldSessions, ...loadUser(passport));
  for (const route of routes.filter(isPeopleRoute)) {
    const { method, path, role, target } = route;
    const body = target.takesFile ? takeUpload : readForm;
    router[method](path, body, requireToken, requireRole(role), async (request, response) => {
      const exchange = { setting, passport, request, response };
      const raw = {
        params: request.params,
        query: refuseDoubles(request.query),
        body: toFields(request.body),
      };
      const answer =
        target.kind === 'page'
          ? target.answer(await toPage(exchange), raw)
          : target.answer(toEntry(exchange), raw);
      await sendAnswer(setting, request, response, await answer);
    });
  }
  return router;
}

function isPeopleRoute(route: Route): route is PeopleRoute {
  return route.target.kind === 'page' || route.target.kind === 'entry';
}

const takeUpload: RequestHandler = async (request, response, next) => {
  const upload = await readUpload(request);
  request.body = upload.fields;
  response.locals.upload = upload;
  next();
};

/** A visitor is led to the sign-in and back; a colleague whose role does not reach is told so. */
function requireRole(role: RouteRole): RequestHandler {
  return (request, response, next) => {
    if (role === 'public') return next();
    const user = request.user;
    if (!user) return askToSignIn(request, response);
    const isAllowed = role === 'signed-in' || isAtLeast(user.role, role as SignedInUser['role']);
    if (!isAllowed)
      throw new Forbidden(
        `Your role here is ${user.role}; this needs ${role}. An admin of the workspace can change it.`,
      );
    next();
  };
}

function askToSignIn(request: Request, response: Response): void {
  if (request.get('x-requested-with') === 'XMLHttpRequest')
    throw new Refusal(401, 'You have been signed out.');
  const back =
    request.method === 'GET' && request.originalUrl !== '/'
      ? `?next=${encodeURIComponent(request.originalUrl)}`
      : '';
  response.redirect(303, `/login${back}`);
}

async function toPage(exchange: Exchange) {
  const { setting, request, response } = exchange;
  const signedIn = request.user as SignedIn;
  const upload: Upload | undefined = response.locals.upload;
  return {
    ...toSurroundings(setting, request, response),
    workspace: await withWorkspace(setting.web, signedIn.workspaceId, async ({ workspace }) => workspace),
    user: toUser(signedIn),
    sessionId: request.sessionID,
    session: sessionDoor(setting, exchange.passport, exchange),
    file: upload?.file ?? null,
  };
}

function toEntry(exchange: Exchange) {
  const { setting, request, response } = exchange;
  return {
    ...toSurroundings(setting, request, response),
    user: request.user ? toUser(request.user) : null,
    session: sessionDoor(setting, exchange.passport, exchange),
    setupCode: setting.setupCode ?? (async () => null),
  };
}

function toUser({ id, name, email, role }: SignedIn): SignedInUser {
  return { id, name, email, role };
}
