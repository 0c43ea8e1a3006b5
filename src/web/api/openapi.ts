import { z } from 'zod';
import { KINDS } from '../../flow/segment/rules/node.ts';
import { type Endpoint, endpoint } from '../endpoint.ts';
import type { Route } from '../route.ts';

type Schema = { [key: string]: unknown };

/** GET /api/v1/openapi.json: made from the schemas that check every call, so that it cannot say anything else. */
export const getOpenapi = endpoint({
  // The site map lists this file, so it is read when asked for.
  handle: async () => ({ json: describeApi((await import('../routes.ts')).routes) }),
});

export function describeApi(routes: Route[]): Schema {
  const paths: { [path: string]: Schema } = {};
  for (const route of routes) {
    if (route.target.kind !== 'endpoint' || !route.path.startsWith('/api/v1/')) continue;
    const path = route.path.replaceAll(/:(\w+)/g, '{$1}');
    paths[path] = { ...paths[path], [route.method]: describeEndpoint(route, route.target) };
  }
  return {
    openapi: '3.1.0',
    info: {
      title: 'Segments',
      version: '1',
      description: 'Every call presents an api key: `Authorization: Bearer <api key>`.',
    },
    security: [{ apiKey: [] }],
    paths,
    components: {
      securitySchemes: { apiKey: { type: 'http', scheme: 'bearer' } },
      schemas: { Rule: ruleSchema(), Error: errorSchema() },
    },
  };
}

function describeEndpoint(route: Route, { schemas }: Endpoint): Schema {
  const parameters = [...parametersOf(schemas.params, 'path'), ...parametersOf(schemas.query, 'query')];
  const body = schemas.body
    ? { requestBody: { required: true, content: { 'application/json': { schema: toSchema(schemas.body) } } } }
    : {};
  const refusal = (description: string) => ({
    description,
    content: { 'application/json': { schema: { $ref: '#/components/schemas/Error' } } },
  });
  return {
    operationId: `${route.method}${route.path.replaceAll(/[^\w]+(\w?)/g, (_, letter: string) => letter.toUpperCase())}`,
    parameters,
    ...body,
    responses: {
      '2XX': { description: 'Done.', content: { 'application/json': { schema: { type: 'object' } } } },
      '400': refusal('Something in the input is wrong; each issue has the path to it.'),
      '401': refusal('The key is missing, unknown or revoked.'),
      '404': refusal('There is nothing of this name in the workspace of the key.'),
    },
  };
}

function parametersOf(schema: z.ZodType, place: 'path' | 'query'): Schema[] {
  const { properties = {}, required = [] } = toSchema(schema) as {
    properties?: { [name: string]: Schema };
    required?: string[];
  };
  return Object.entries(properties).map(([name, described]) => ({
    name,
    in: place,
    required: place === 'path' || required.includes(name),
    schema: described,
  }));
}

/** The rule language: groups of rules, and one shape a kind. */
function ruleSchema(): Schema {
  const rules = { type: 'array', items: { $ref: '#/components/schemas/Rule' } };
  const group = (properties: Schema) => ({
    type: 'object',
    properties,
    required: Object.keys(properties),
    additionalProperties: false,
  });
  return {
    anyOf: [
      group({ all: rules }),
      group({ any: rules }),
      group({ none: rules }),
      group({ atLeast: { type: 'integer', minimum: 1 }, of: rules }),
      ...Object.values(KINDS).map((kind) => toSchema(kind.shape)),
    ],
  };
}

function errorSchema(): Schema {
  const issue = z.object({ path: z.string(), message: z.string() });
  return toSchema(z.object({ error: z.string(), issues: z.array(issue), requestId: z.string() }));
}

function toSchema(schema: z.ZodType): Schema {
  const {
    $schema: _,
    id: __,
    ...described
  } = z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' });
  return described;
}
