import { z } from 'zod';
import type { Endpoint, OpenEndpoint } from './endpoint.ts';
import type { EntryPage, Page, PublicPage, Role } from './page.ts';

/** `signed-in`: any colleague. `public`: whoever knows the address. `none`: a machine without a key. */
export type RouteRole = Role | 'signed-in' | 'public' | 'write-key' | 'api-key' | 'none';
export type Method = 'get' | 'post' | 'patch' | 'put' | 'delete' | 'head';
export type Target = Page | EntryPage | PublicPage | Endpoint | OpenEndpoint;
export type Route = { method: Method; path: string; role: RouteRole; target: Target };

export const get = line('get');
export const post = line('post');
export const patch = line('patch');
export const put = line('put');
export const del = line('delete');
export const head = line('head');

/** Which roles make sense for which kind of target: a page cannot be opened by a key, nor an endpoint by a session. */
const ROLES: Record<Target['kind'], RouteRole[]> = {
  page: ['viewer', 'marketer', 'admin', 'signed-in'],
  entry: ['public'],
  public: ['public'],
  endpoint: ['write-key', 'api-key'],
  'open-endpoint': ['none'],
};

/**
 * Refuses to start with a line that says too little: without a role that fits, without a schema for what its
 * path or its form carries, or standing there twice. Deny by default is only true if nothing can slip in.
 */
export function checkRoutes(routes: Route[]): void {
  const faults = routes.flatMap((route) => faultsOf(route).map((fault) => `${nameOf(route)}: ${fault}`));
  const names = routes.map(nameOf);
  faults.push(
    ...names.filter((name, at) => names.indexOf(name) !== at).map((name) => `${name}: stands there twice`),
  );
  if (faults.length > 0) throw new Error(`The site map is not right.\n${faults.join('\n')}`);
}

export function nameOf(route: Route): string {
  return `${route.method.toUpperCase()} ${route.path}`;
}

function line(method: Method) {
  return (path: string, role: RouteRole, target: Target): Route => ({ method, path, role, target });
}

function faultsOf({ method, path, role, target }: Route): string[] {
  if (!target || !(target.kind in ROLES)) return ['leads nowhere'];
  const faults: string[] = [];
  if (!ROLES[target.kind].includes(role))
    faults.push(`the role ${role} does not fit a target of the kind ${target.kind}`);
  for (const name of namesIn(path))
    if (!knows(target.schemas.params, name)) faults.push(`no schema for :${name}`);
  if (method !== 'get' && method !== 'head' && method !== 'delete' && !readsBody(target))
    faults.push('no schema for its body');
  for (const [part, schema] of Object.entries(target.schemas))
    if (schema && isLoose(schema)) faults.push(`${part}: not a strict object`);
  return faults;
}

function namesIn(path: string): string[] {
  return [...path.matchAll(/[:*](\w+)/g)].map((match) => match[1]!);
}

function knows(schema: z.ZodType, name: string): boolean {
  return !(schema instanceof z.ZodObject) || name in schema.shape;
}

function readsBody(target: Target): boolean {
  return target.schemas.body !== null || ('takesBytes' in target && target.takesBytes);
}

function isLoose(schema: z.ZodType): boolean {
  return schema instanceof z.ZodObject && !(schema.def.catchall instanceof z.ZodNever);
}
