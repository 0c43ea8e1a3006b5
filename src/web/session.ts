import connectPgSimple from 'connect-pg-simple';
import type { Request, RequestHandler } from 'express';
import session from 'express-session';
import { now } from '../base/clock.ts';
import { keyedHash } from '../base/secrets.ts';
import type { Database } from '../db/pool.ts';
import type { Flash } from './answers.ts';
import type { Setting } from './app.ts';
import { isEncrypted } from './headers.ts';

const HOUR_MS = 3_600_000;
/** Nobody at the desk for half a day. */
export const IDLE_MS = 12 * HOUR_MS;
/** However busy: a copied cookie dies within a week. */
export const ABSOLUTE_MS = 7 * 24 * HOUR_MS;
/** A visitor who has not signed in needs the session for the token of the form only. */
const VISITOR_MS = HOUR_MS;
const AWAIT_CODE_MS = 5 * 60_000;

declare module 'express-session' {
  interface SessionData {
    /** When it was begun by signing in, ISO. */
    startedAt: string;
    /** Passport's own: who signed in. */
    passport: { user?: { id: string; mark: string } };
    workspaceId: string;
    address: string;
    agent: string;
    flash: Flash;
    awaited: { userId: string; next: string; at: string };
  }
}

/** Sessions live in Postgres, so that ending one reaches every process. */
export function sessions({ pipeline, config }: Setting): RequestHandler {
  const isSecure = isEncrypted(config);
  return session({
    store: makeStore(pipeline),
    name: sessionCookieName(isSecure),
    secret: keyedHash('session-cookie', 'v1'),
    resave: false,
    saveUninitialized: false,
    rolling: true,
    cookie: { path: '/', httpOnly: true, sameSite: 'lax', secure: isSecure, maxAge: VISITOR_MS },
  });
}

/** The prefix binds the cookie to this host and to https; browsers refuse it on plain http. */
export function sessionCookieName(isSecure: boolean): string {
  return isSecure ? '__Host-segments' : 'segments';
}

/** A session older than the absolute limit is as good as none, however often it was used. */
export const endOldSessions: RequestHandler = (request, _response, next) => {
  const { startedAt, passport } = request.session;
  if (!passport?.user) return next();
  if (startedAt && now().getTime() - Date.parse(startedAt) < ABSOLUTE_MS) return next();
  request.session.regenerate(next);
};

/** Read once: the sentence that the page before left. */
export function takeFlash(data: Partial<session.SessionData>): Flash | null {
  const flash = data.flash ?? null;
  if (flash) delete data.flash;
  return flash;
}

/**
 * Before the answer goes out: express-session saves while it sends, and a browser follows a redirect at once, so
 * that the next request could still find, and write back, the session of before.
 */
export function saveSession(request: Request): Promise<void> {
  return new Promise((resolve, reject) =>
    request.session.save((error) => (error ? reject(error) : resolve())),
  );
}

export function awaitedSignIn(data: Partial<session.SessionData>): { userId: string; next: string } | null {
  const awaited = data.awaited;
  if (!awaited || now().getTime() - Date.parse(awaited.at) > AWAIT_CODE_MS) return null;
  return { userId: awaited.userId, next: awaited.next };
}

function makeStore(database: Database): session.Store {
  const Store = connectPgSimple(session);
  return new Store({
    pool: database.pool,
    tableName: 'sessions',
    createTableIfMissing: false,
    pruneSessionInterval: 900,
  });
}
