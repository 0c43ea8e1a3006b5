import type { Request, RequestHandler, Response } from 'express';
import passport from 'passport';
import { Strategy } from 'passport-local';
import { now } from '../base/clock.ts';
import { checkCredentials } from '../staff/credentials.ts';
import { findSignedIn, type SignedIn } from '../staff/signed-in.ts';
import type { Setting } from './app.ts';
import { isEncrypted } from './headers.ts';
import type { SessionDoor } from './page.ts';
import { awaitedSignIn, IDLE_MS, saveSession } from './session.ts';

declare global {
  namespace Express {
    interface User extends SignedIn {}
  }
}

export type Passport = passport.Authenticator;
const YEAR_MS = 365 * 24 * 3_600_000;

type Stored = { id: string; mark: string };
type Exchange = { request: Request; response: Response };

/** An instance of its own for each app, so that two apps in one process never share a database. */
export function makePassport({ pipeline }: Setting): Passport {
  const instance: Passport = new passport.Passport();
  instance.use(
    new Strategy({ usernameField: 'email', passReqToCallback: true }, (request, email, password, done) => {
      checkCredentials(pipeline, { email, password, address: request.ip ?? '' })
        .then(async (id) => (id ? await findSignedIn(pipeline, { id }) : null))
        .then((user) => done(null, user ?? false), done);
    }),
  );
  instance.serializeUser<Stored>((user, done) => done(null, { id: user.id, mark: user.mark }));
  instance.deserializeUser<Stored, Request>((request, stored, done) => {
    const workspaceId = request.session.workspaceId;
    findSignedIn(pipeline, { ...stored, workspaceId }).then((user) => done(null, user ?? false), done);
  });
  return instance;
}

/** Loads who is signed in, at every request: a changed role or password, or a closed account, counts at once. */
export function loadUser(instance: Passport): RequestHandler[] {
  return [instance.initialize(), instance.session()];
}

/** What a page may do to its session. Passport makes a new session id whenever somebody signs in. */
export function sessionDoor(setting: Setting, instance: Passport, exchange: Exchange): SessionDoor {
  const { request } = exchange;
  return {
    authenticate: () => authenticate(instance, exchange),
    signIn: (userId, workspaceId) => signIn(setting, request, { userId, workspaceId }),
    signOut: () => settle((done) => request.session.destroy(done)),
    useWorkspace: (workspaceId) => {
      request.session.workspaceId = workspaceId;
    },
    useTheme: (theme) => {
      const options = {
        path: '/',
        sameSite: 'lax',
        httpOnly: false,
        secure: isEncrypted(setting.config),
        maxAge: YEAR_MS,
      } as const;
      exchange.response.cookie('theme', theme, options);
    },
    awaitCode: async (userId, next) => {
      await settle((done) => request.session.regenerate(done));
      request.session.awaited = { userId, next, at: now().toISOString() };
      await saveSession(request);
    },
    awaited: () => awaitedSignIn(request.session),
  };
}

function authenticate(
  instance: Passport,
  { request, response }: Exchange,
): Promise<{ userId: string; needsCode: boolean } | null> {
  return new Promise((resolve, reject) => {
    const settled = (error: unknown, user?: SignedIn | false) => {
      if (error) reject(error);
      else resolve(user ? { userId: user.id, needsCode: user.hasTotp } : null);
    };
    instance.authenticate('local', { session: false }, settled)(request, response, reject);
  });
}

async function signIn(
  setting: Setting,
  request: Request,
  given: { userId: string; workspaceId: string | undefined },
): Promise<string> {
  const user = await findSignedIn(setting.pipeline, { id: given.userId, workspaceId: given.workspaceId });
  if (!user) throw new Error('A session was asked for somebody without an account.');
  await settle((done) => request.logIn(user, done));
  request.session.startedAt = now().toISOString();
  request.session.workspaceId = user.workspaceId;
  request.session.address = request.ip ?? '';
  request.session.agent = (request.get('user-agent') ?? '').slice(0, 200);
  request.session.cookie.maxAge = IDLE_MS;
  await saveSession(request);
  return user.workspaceId;
}

function settle(work: (done: (error?: unknown) => void) => unknown): Promise<void> {
  return new Promise((resolve, reject) => void work((error) => (error ? reject(error) : resolve())));
}
