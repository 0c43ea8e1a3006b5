import { readFile } from 'node:fs/promises';
import { type Document, OpenAPIBackend, type Request } from 'openapi-backend';
import type { VendorRequest } from '../../src/demo/vendors/wire.ts';
import type { Spec } from './spec.ts';

/** Stripe writes lists and ranges in brackets (`created[gte]`, `types[]`); its shapes are checked without coercion. */
export async function loadStripeSpec(version: string): Promise<Spec> {
  const text = await readFile(new URL('specs/stripe.json', import.meta.url), 'utf8');
  const definition: Document = JSON.parse(text);
  const ajvOpts = { strict: false, coerceTypes: false, validateFormats: false } as const;
  const api = new OpenAPIBackend({ definition, quick: true, ajvOpts });
  await api.init();
  const say = ({ path }: VendorRequest, fault: { instancePath: string; message?: string; params: object }) =>
    `${path}: ${fault.instancePath} ${fault.message} ${JSON.stringify(fault.params)}`;
  return {
    faultsOfRequest: (request) => {
      const operation = api.matchOperation(asRequest(request));
      if (!operation) return [`${request.method} ${request.path} is no call of this vendor`];
      const faults = (api.validateRequest(asRequest(request), operation).errors ?? []).map((one) =>
        say(request, one),
      );
      return request.headers['stripe-version'] === version
        ? faults
        : [...faults, 'The version is not pinned.'];
    },
    faultsOfAnswer: (request, answer) => {
      const operation = api.matchOperation(asRequest(request));
      if (!operation || answer.status !== 200) return [];
      return (api.validateResponse(answer.json, operation, answer.status).errors ?? []).map((one) =>
        say(request, one),
      );
    },
  };
}

function asRequest({ method, path, headers, query, body }: VendorRequest): Request {
  const form = body ? { body: readBrackets(new URLSearchParams(body), String) } : {};
  const read = readBrackets(query, (text) => (/^\d+$/.test(text) ? Number(text) : text));
  return { method, path, headers, query: read as NonNullable<Request['query']>, ...form };
}

function readBrackets(given: URLSearchParams, readValue: (text: string) => unknown): Record<string, unknown> {
  const read: Record<string, unknown> = {};
  for (const [field, text] of given) {
    const [, name = field, key] = /^(\w+)\[(\w*)\]$/.exec(field) ?? [];
    const value = readValue(text);
    if (key === undefined) read[name] = value;
    else if (key === '') read[name] = [...((read[name] as unknown[] | undefined) ?? []), text];
    else read[name] = { ...((read[name] as object | undefined) ?? {}), [key]: value };
  }
  return read;
}
