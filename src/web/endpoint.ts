import type { z } from 'zod';
import type { Config } from '../base/config.ts';
import { Invalid } from '../base/errors.ts';
import type { Database } from '../db/pool.ts';
import type { MachineKey } from '../staff/keys.ts';
import type { EndpointAnswer } from './answers.ts';
import { nothing, parse } from './input.ts';
import { parseJson } from './json.ts';
import { LIMITS } from './limits.ts';

/** What every endpoint is given besides its input. */
export type MachineContext = {
  method: string;
  /** The body as it came, decompressed. */
  bytes: Buffer;
  headers: Record<string, string>;
  web: Database;
  pipeline: Database;
  config: Config;
  address: string;
  requestId: string;
};

/** Who a key speaks for. */
export type KeyedContext = MachineContext & { key: MachineKey; workspaceId: string };

type Nothing = Record<string, never>;
type Definition<Context, P, Q, B> = {
  params?: z.ZodType<P>;
  query?: z.ZodType<Q>;
  /** Checked over the JSON of the body. An endpoint that reads `bytes` itself has none and says `takesBytes`. */
  body?: z.ZodType<B>;
  takesBytes?: boolean;
  maxBytes?: number;
  /** Open to pages of other sites (no cookies either way). */
  cors?: boolean;
  /** Where the key stands if not in the Authorization header: `writeKey` of a tracking call. */
  findKey?: (given: {
    bytes: Buffer;
    query: Record<string, unknown>;
    params: Record<string, unknown>;
  }) => string | null;
  handle: (request: Context & { params: P; query: Q; body: B }) => Promise<EndpointAnswer> | EndpointAnswer;
};

type Answering<K extends string, Context> = {
  kind: K;
  schemas: { params: z.ZodType; query: z.ZodType; body: z.ZodType | null };
  takesBytes: boolean;
  maxBytes: number;
  cors: boolean;
  findKey: Definition<Context, never, never, never>['findKey'];
  answer: (context: Context, raw: { params: unknown; query: unknown }) => Promise<EndpointAnswer>;
};
export type Endpoint = Answering<'endpoint', KeyedContext>;
export type OpenEndpoint = Answering<'open-endpoint', MachineContext>;

/** A URL for machines that present a key of a workspace. */
export function endpoint<P = Nothing, Q = Nothing, B = Nothing>(
  definition: Definition<KeyedContext, P, Q, B>,
): Endpoint {
  return build('endpoint', definition);
}

/** A URL for machines without a key: health, webhooks (whose path is the secret). */
export function openEndpoint<P = Nothing, Q = Nothing, B = Nothing>(
  definition: Definition<MachineContext, P, Q, B>,
): OpenEndpoint {
  return build('open-endpoint', definition);
}

function build<K extends string, Context extends MachineContext, P, Q, B>(
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
    takesBytes: definition.takesBytes ?? false,
    maxBytes: definition.maxBytes ?? LIMITS.apiBytes,
    cors: definition.cors ?? false,
    findKey: definition.findKey,
    answer: async (context, raw) => {
      const params = parse(definition.params ?? absent<P>(), raw.params);
      const query = parse(definition.query ?? absent<Q>(), raw.query);
      const body = parse(definition.body ?? absent<B>(), definition.body ? parseBody(context.bytes) : {});
      return await definition.handle({ ...context, params, query, body });
    },
  };
}

function parseBody(bytes: Buffer): unknown {
  if (bytes.length === 0) throw new Invalid([{ path: '', message: 'The body is empty; JSON is expected.' }]);
  return parseJson(bytes);
}

/** Without a schema the type parameter is its default, an empty object, which is what `nothing` yields. */
function absent<T>(): z.ZodType<T> {
  return nothing as unknown as z.ZodType<T>;
}
