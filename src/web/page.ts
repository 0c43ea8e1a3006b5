import type { Readable } from 'node:stream';
import type { z } from 'zod';
import type { Config } from '../base/config.ts';
import { Invalid, NotFound } from '../base/errors.ts';
import type { Workspace } from '../db/doors.ts';
import type { Database } from '../db/pool.ts';
import type { Role } from '../staff/roles.ts';
import type { FieldErrors, PageAnswer } from './answers.ts';
import { check, nothing, parse, type RawInput, toFieldErrors } from './input.ts';

export type { Role };

/** A colleague who is signed in, with the role of the workspace in use. */
export type SignedInUser = { id: string; name: string; email: string; role: Role };

/** A file of a form; it streams, nothing of it has been kept. The name is for showing only, never a path. */
export type UploadedFile = { name: string; contentType: string; stream: Readable };

/** What every page is given besides its input. */
export type Surroundings = {
  web: Database;
  pipeline: Database;
  config: Config;
  /** The address the request came from, as nginx saw it. */
  address: string;
  requestId: string;
  path: string;
  /** True when a behaviour asks for a part of the page to swap in. */
  isFragment: boolean;
};

export type PageContext = Surroundings & {
  workspace: Workspace;
  user: SignedInUser;
  sessionId: string;
  file: UploadedFile | null;
  session: SessionDoor;
};

/** A page before sign-in: the session is there, a user may be. */
export type EntryContext = Surroundings & {
  user: SignedInUser | null;
  session: SessionDoor;
  setupCode: () => Promise<string | null>;
};

export type PublicContext = Surroundings;

/** What a page may do to the session; Express stays behind it. */
export type SessionDoor = {
  /** Checks e-mail and password; null for any reason that is not told. Throws Refusal when there were too many. */
  authenticate: (given: {
    email: string;
    password: string;
  }) => Promise<{ userId: string; needsCode: boolean } | null>;
  /** A new session for this person; returns the workspace it is in. */
  signIn: (userId: string, workspaceId?: string) => Promise<string>;
  signOut: () => Promise<void>;
  useWorkspace: (workspaceId: string) => void;
  useTheme: (theme: 'light' | 'dark') => void;
  /** A password was right and a code is due; kept for five minutes. */
  awaitCode: (userId: string, next: string) => Promise<void>;
  awaited: () => { userId: string; next: string } | null;
};

export type Input<P, Q, B> = { params: P; query: Q; body: B };
type Nothing = Record<string, never>;

type Definition<Context, P, Q, B> = {
  /** Zod strict schemas. One that is missing means: nothing is expected here. */
  params?: z.ZodType<P>;
  query?: z.ZodType<Q>;
  /** A field named `ids[]` arrives as the array `ids`; any other field may stand once. */
  body?: z.ZodType<B>;
  /** True for a form with a file (multipart): `request.file` is its stream. The file must be the last field. */
  takesFile?: boolean;
  handle: (request: Context & Input<P, Q, B>) => Promise<PageAnswer> | PageAnswer;
  /** Shows the form again (422) with what is wrong beside each field; without it there is a page with a list. */
  invalid?: (request: Context & Omit<Input<P, Q, B>, 'body'> & Rejected) => Promise<PageAnswer> | PageAnswer;
};

/** A refused form: what was typed, and what is wrong with it. `''` holds what concerns the whole form. */
export type Rejected = { values: Record<string, string>; errors: FieldErrors };

type Kind = 'page' | 'entry' | 'public';
type Answering<K extends Kind, Context> = {
  kind: K;
  schemas: { params: z.ZodType; query: z.ZodType; body: z.ZodType | null };
  takesFile: boolean;
  answer: (context: Context, raw: RawInput) => Promise<PageAnswer>;
};
export type Page = Answering<'page', PageContext>;
export type EntryPage = Answering<'entry', EntryContext>;
export type PublicPage = Answering<'public', PublicContext>;

/** A page of the product, for those who are signed in. */
export function page<P = Nothing, Q = Nothing, B = Nothing>(
  definition: Definition<PageContext, P, Q, B>,
): Page {
  return build('page', definition);
}

/** A page on the way in: sign-in, first set-up, invitation. It has a session, but nobody need be signed in. */
export function entryPage<P = Nothing, Q = Nothing, B = Nothing>(
  definition: Definition<EntryContext, P, Q, B>,
): EntryPage {
  return build('entry', definition);
}

/** A page for whoever holds its link: no cookie, no session, no CSRF token. */
export function publicPage<P = Nothing, Q = Nothing, B = Nothing>(
  definition: Definition<PublicContext, P, Q, B>,
): PublicPage {
  return build('public', definition);
}

function build<K extends Kind, Context, P, Q, B>(
  kind: K,
  definition: Definition<Context, P, Q, B>,
): Answering<K, Context> {
  return {
    kind,
    schemas: {
      params: definition.params ?? nothing,
      query: definition.query ?? nothing,
      body: definition.body ?? null,
    },
    takesFile: definition.takesFile ?? false,
    answer: (context, raw) => answer(definition, context, raw),
  };
}

async function answer<Context, P, Q, B>(
  definition: Definition<Context, P, Q, B>,
  context: Context,
  raw: RawInput,
): Promise<PageAnswer> {
  const request = {
    ...context,
    params: parseParams(definition.params ?? absent<P>(), raw.params),
    query: parse(definition.query ?? absent<Q>(), raw.query),
  };
  const body = check(definition.body ?? absent<B>(), raw.body);
  try {
    if (body.issues) throw new Invalid(body.issues);
    return await definition.handle({ ...request, body: body.data });
  } catch (error) {
    if (!(error instanceof Invalid) || !definition.invalid) throw error;
    const rejected = { values: textsOf(raw.body), errors: toFieldErrors(error.issues) };
    return withStatus(await definition.invalid({ ...request, ...rejected }), 422);
  }
}

/** An id that cannot be one is a thing that is not there. */
function parseParams<P>(schema: z.ZodType<P>, params: unknown): P {
  const checked = check(schema, params);
  if (checked.issues) throw new NotFound('There is nothing at this address.');
  return checked.data;
}

/** Without a schema the type parameter is its default, an empty object, which is what `nothing` yields. */
function absent<T>(): z.ZodType<T> {
  return nothing as unknown as z.ZodType<T>;
}

function withStatus(given: PageAnswer, status: number): PageAnswer {
  return 'view' in given || 'fragment' in given || 'json' in given
    ? { ...given, status: given.status ?? status }
    : given;
}

/** Passwords are typed again, never sent back. */
function textsOf(body: unknown): Record<string, string> {
  if (typeof body !== 'object' || body === null) return {};
  const texts = Object.entries(body).filter(
    ([key, value]) => typeof value === 'string' && !/password|secret/i.test(key),
  );
  return Object.fromEntries(texts.map(([key, value]) => [key, String(value)]));
}
