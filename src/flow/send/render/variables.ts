import type { Liquid, Template } from 'liquidjs';

type Segments = readonly unknown[];

/** The names a template asks for: `name`, `traits.plan`. A name that is computed stands as far as it is fixed. */
export function listVariables(engine: Liquid, template: Template[]): string[] {
  const paths = engine.globalVariableSegmentsSync(template).map((segments) => fixedPart(segments).join('.'));
  return [...new Set(paths.filter((path) => path !== ''))];
}

/** Those of the names that the context has no value for, and for which the words give no default. */
export function findMissing(variables: string[], context: unknown, words: string): string[] {
  return variables.filter((path) => isUnset(lookUp(context, path.split('.'))) && !hasDefault(words, path));
}

function fixedPart(segments: Segments): string[] {
  const end = segments.findIndex((segment) => typeof segment !== 'string');
  return (end === -1 ? segments : segments.slice(0, end)).map(String);
}

function lookUp(value: unknown, path: string[]): unknown {
  let found = value;
  for (const key of path) {
    if (typeof found !== 'object' || found === null || !Object.hasOwn(found, key)) return undefined;
    found = Reflect.get(found, key);
  }
  return found;
}

function isUnset(value: unknown): boolean {
  return value === undefined || value === null || value === '';
}

/** True when every output of the name is followed by `default`, or a condition asks for it first. */
function hasDefault(words: string, path: string): boolean {
  const outputs = words
    .split('{{')
    .slice(1)
    .map((part) => part.split('}}')[0]!.replace(/^-/, '').trim());
  const ofName = outputs.filter(
    (output) => output === path || output.startsWith(`${path} `) || output.startsWith(`${path}|`),
  );
  const asked = words
    .split('{%')
    .some((part) => /^-?\s*(if|unless|elsif|case)\s/.test(part) && part.split('%}')[0]!.includes(path));
  return asked || (ofName.length > 0 && ofName.every((output) => /\|\s*default\s*:/.test(output)));
}
