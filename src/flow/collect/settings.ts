import { z } from 'zod';
import { Invalid } from '../../base/errors.ts';
import { open, seal } from '../../base/secrets.ts';

/** One field of a connection's form, drawn from the connector's zod schema and its `.meta`. */
export type SettingField = {
  key: string;
  title: string;
  help: string | null;
  placeholder: string | null;
  kind: 'text' | 'long text' | 'secret' | 'number' | 'switch' | 'choice';
  choices: string[];
  isSecret: boolean;
  /** Set elsewhere than in the form. */
  isHidden: boolean;
  /** Title of the folded part of the form it lies in; null lies open. */
  fold: string | null;
  isRequired: boolean;
  fallback: unknown;
};

/** Where sealed secrets belong: they do not open for another workspace or connection. */
export type SealScope = { workspaceId: string; connectionId: string };

/** The field by which the token of a webhook address is sealed. */
export const HOOK = 'hook';

type Meta = {
  title?: string;
  help?: string;
  placeholder?: string;
  secret?: boolean;
  hidden?: boolean;
  fold?: string;
  multiline?: boolean;
};

/** The fields a connector's settings ask for, in the order of its schema. */
export function listSettingFields(schema: z.ZodType): SettingField[] {
  if (!(schema instanceof z.ZodObject)) throw new Error('Settings of a connector must be a zod object.');
  return Object.entries(schema.shape).map(([key, field]) => describeField(key, field as z.ZodType));
}

/** Checks settings as a person or a command gave them; throws Invalid that names each field. */
export function checkSettings(schema: z.ZodType, given: Record<string, unknown>): Record<string, unknown> {
  const parsed = schema.safeParse(given);
  if (!parsed.success) {
    throw new Invalid(
      parsed.error.issues.map((issue) => ({
        path: issue.path.join('.'),
        message: describeIssue(issue, given),
      })),
    );
  }
  return parsed.data as Record<string, unknown>;
}

/** Parts settings into what may lie open and what is sealed, each secret under its own context. */
export function sealSettings(
  schema: z.ZodType,
  settings: Record<string, unknown>,
  scope: SealScope,
): { settings: Record<string, unknown>; sealed: Record<string, string> } {
  const secret = new Set(
    listSettingFields(schema)
      .filter((field) => field.isSecret)
      .map((field) => field.key),
  );
  const plain: Record<string, unknown> = {};
  const sealed: Record<string, string> = {};
  for (const [key, value] of Object.entries(settings)) {
    if (secret.has(key)) sealed[key] = seal(JSON.stringify(value), contextOf(scope, key));
    else plain[key] = value;
  }
  return { settings: plain, sealed };
}

/** The place of one secret, as `seal` and `open` take it. */
export function contextOf(scope: SealScope, field: string): string {
  return `${scope.workspaceId}/${scope.connectionId}/${field}`;
}

/** One sealed secret, opened. */
export function openSecret(sealed: string, field: string, scope: SealScope): unknown {
  return JSON.parse(open(sealed, contextOf(scope, field)));
}

export function sealSecret(value: unknown, field: string, scope: SealScope): string {
  return seal(JSON.stringify(value), contextOf(scope, field));
}

/** The end of a secret, enough to tell two apart: `…c3f9`. Short ones show nothing of themselves. */
export function lastFour(secret: unknown): string {
  const text = typeof secret === 'string' ? secret.trim() : '';
  return text.length >= 12 ? `…${text.slice(-4)}` : '…';
}

/** zod's own words for a field that is not there are for programmers. */
function describeIssue(issue: z.core.$ZodIssue, given: Record<string, unknown>): string {
  const isMissing = issue.code === 'invalid_type' && given[String(issue.path[0])] === undefined;
  return isMissing ? 'This is needed.' : issue.message;
}

function describeField(key: string, field: z.ZodType): SettingField {
  const { inner, meta, isRequired, fallback } = unwrap(field);
  const isSecret = meta.secret === true;
  return {
    key,
    title: meta.title ?? key,
    help: meta.help ?? null,
    placeholder: meta.placeholder ?? null,
    kind: isSecret && !meta.multiline ? 'secret' : kindOf(inner, meta),
    choices: inner instanceof z.ZodEnum ? inner.options.map(String) : [],
    isSecret,
    isHidden: meta.hidden === true,
    fold: meta.fold ?? null,
    isRequired,
    fallback,
  };
}

/** Optional, default and pipes lie around the field that a person fills in; the outermost `.meta` counts. */
function unwrap(field: z.ZodType): { inner: z.ZodType; meta: Meta; isRequired: boolean; fallback: unknown } {
  let inner = field;
  let meta: Meta = {};
  for (;;) {
    meta = { ...((inner.meta() ?? {}) as Meta), ...meta };
    if (inner instanceof z.ZodOptional || inner instanceof z.ZodNullable || inner instanceof z.ZodDefault)
      inner = inner.unwrap() as z.ZodType;
    else if (inner instanceof z.ZodPipe)
      inner = (inner.in instanceof z.ZodTransform ? inner.out : inner.in) as z.ZodType;
    else break;
  }
  const empty = field.safeParse(undefined);
  return { inner, meta, isRequired: !empty.success, fallback: empty.success ? empty.data : undefined };
}

function kindOf(inner: z.ZodType, meta: Meta): SettingField['kind'] {
  if (meta.multiline) return 'long text';
  if (inner instanceof z.ZodNumber) return 'number';
  if (inner instanceof z.ZodBoolean) return 'switch';
  if (inner instanceof z.ZodEnum) return 'choice';
  return 'text';
}
