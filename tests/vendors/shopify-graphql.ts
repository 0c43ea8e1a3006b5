import { readFile } from 'node:fs/promises';
import {
  buildClientSchema,
  type DocumentNode,
  execute,
  type FieldNode,
  Kind,
  parse,
  type SelectionSetNode,
  validate,
} from 'graphql';
import { z } from 'zod';

const file = new URL('specs/shopify.json', import.meta.url);
const introspection = JSON.parse(await readFile(file, 'utf8'));
export const schema = buildClientSchema(introspection.data);

/** Points that one question may cost. */
const MAX_COST = 1000;

export const question = z.object({
  query: z.string(),
  variables: z.record(z.string(), z.unknown()).default({}),
});

/** What is wrong with a question by the vendor's schema: unknown fields, arguments, values. */
export function faultsOf(query: string): string[] {
  try {
    return validate(schema, parse(query)).map(({ message }) => message);
  } catch (error) {
    return [error instanceof Error ? error.message : String(error)];
  }
}

export function answer(query: string, variables: Record<string, unknown>, rootValue: object) {
  const result = execute({ schema, document: parse(query), rootValue, variableValues: variables });
  if (result instanceof Promise) throw new Error('The vendor answers at once.');
  return result;
}

/** An object is a point, a list that is paged as many times its rows as are asked for. */
export function costOf(query: string, variables: Record<string, unknown>): number {
  return definitionsOf(parse(query)).reduce((sum, set) => sum + costOfSet(set, variables), 0);
}

export function isTooCostly(cost: number): boolean {
  return cost > MAX_COST;
}

function definitionsOf(document: DocumentNode): SelectionSetNode[] {
  return document.definitions.flatMap((one) =>
    one.kind === Kind.OPERATION_DEFINITION ? one.selectionSet : [],
  );
}

function costOfSet({ selections }: SelectionSetNode, variables: Record<string, unknown>): number {
  return selections.reduce(
    (sum, one) => sum + (one.kind === Kind.FIELD && one.selectionSet ? costOfField(one, variables) : 0),
    0,
  );
}

function costOfField(field: FieldNode, variables: Record<string, unknown>): number {
  const inner = costOfSet(field.selectionSet!, variables);
  const value = field.arguments?.find(({ name }) => name.value === 'first')?.value;
  if (!value) return 1 + inner;
  const first =
    value.kind === Kind.VARIABLE
      ? Number(variables[value.name.value])
      : value.kind === Kind.INT
        ? Number(value.value)
        : 1;
  return 2 + first * (1 + inner);
}
