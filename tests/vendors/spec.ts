import { readFile } from 'node:fs/promises';
import { type Document, OpenAPIBackend, type Request } from 'openapi-backend';
import type { VendorAnswer, VendorRequest } from '../../src/demo/vendors/wire.ts';

export type Spec = {
  /** What is wrong with a request, by the vendor's own description; empty when nothing is. */
  faultsOfRequest: (request: VendorRequest) => string[];
  faultsOfAnswer: (request: VendorRequest, answer: VendorAnswer) => string[];
};

type SpecOptions = { apiRoot?: string; ignored?: string[] };

/** Compiling a description takes a second: each is read once by a test file. */
const specs = new Map<string, Promise<Spec>>();

/** Loads a vendor's description. `ignored`: query parameters the vendor knows though its description does not. */
export async function loadSpec(file: string, options: SpecOptions = {}): Promise<Spec> {
  const key = JSON.stringify([file, options]);
  const known = specs.get(key) ?? readSpec(file, options);
  specs.set(key, known);
  return await known;
}

async function readSpec(file: string, options: SpecOptions): Promise<Spec> {
  const definition: Document = JSON.parse(await readFile(new URL(`specs/${file}`, import.meta.url), 'utf8'));
  const api = new OpenAPIBackend({
    definition,
    apiRoot: options.apiRoot ?? '/',
    ignoreTrailingSlashes: false,
    quick: true,
    ajvOpts: { strict: false, coerceTypes: 'array', validateFormats: false },
  });
  await api.init();
  const asked = (request: VendorRequest) => asRequest(request, options.ignored ?? []);
  return {
    faultsOfRequest: (request) => {
      const operation = api.matchOperation(asked(request));
      if (!operation) return [`${request.method} ${request.path} is no call of this vendor`];
      return (api.validateRequest(asked(request), operation).errors ?? []).map((fault) =>
        say(request, fault),
      );
    },
    faultsOfAnswer: (request, answer) => {
      const operation = api.matchOperation(asked(request));
      if (!operation) return [];
      return (api.validateResponse(answer.json, operation, answer.status).errors ?? []).map((fault) =>
        say(request, fault),
      );
    },
  };
}

function asRequest({ method, path, query, headers, body }: VendorRequest, ignored: string[]): Request {
  const kept = [...query].filter(([name]) => !ignored.includes(name));
  const sent = body ? { body: JSON.parse(body) } : {};
  return { method, path, headers, query: Object.fromEntries(kept), ...sent };
}

function say(
  { method, path }: VendorRequest,
  fault: { instancePath: string; message?: string; params: object },
): string {
  return `${method} ${path}: ${fault.instancePath} ${fault.message} ${JSON.stringify(fault.params)}`;
}
