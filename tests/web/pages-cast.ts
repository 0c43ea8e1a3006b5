import { serveApp } from '../setup/app.ts';
import { type Cast, createCast, EMAILS, PASSWORD } from '../setup/colleagues.ts';
import { createTestDatabase, type TestDatabase } from '../setup/database.ts';
import { type Answer, Visitor } from './visitor.ts';

export type Who = keyof typeof EMAILS;
export type Pages = {
  databases: TestDatabase;
  cast: Cast;
  url: string;
  visitors: Record<Who, Visitor>;
  get: (who: Who, path: string) => Promise<Answer>;
  /** Sends a form with the token of a page that everybody may open. */
  post: (who: Who, path: string, fields?: Record<string, string>) => Promise<Answer>;
};

/** The pages of Ada's Tea, with everybody signed in: a colleague of each role and the admin of another business. */
export async function openPages(env: Record<string, string> = {}): Promise<Pages> {
  const databases = await createTestDatabase();
  const cast = await createCast(databases.database);
  const { url } = await serveApp(databases, env);
  const signedIn = async (who: Who) => {
    const visitor = new Visitor(url);
    await visitor.signIn(EMAILS[who], PASSWORD);
    return visitor;
  };
  const visitors = {
    viewer: await signedIn('viewer'),
    marketer: await signedIn('marketer'),
    admin: await signedIn('admin'),
    other: await signedIn('other'),
  };
  return {
    databases,
    cast,
    url,
    visitors,
    get: async (who, path) => await visitors[who].get(path),
    post: async (who, path, fields = {}) => await visitors[who].post(path, fields, '/account'),
  };
}
