import type { GivenIdentifier } from '../contract.ts';
import type { TrackingMessage } from './message.ts';

/** Longer ones are not addresses; identify would have to keep them in an index. */
const EMAIL_CHARS = 320;
const PHONE_CHARS = 40;

/**
 * Everything in a call that says who it is about. An e-mail or phone counts in the traits of `identify`, in the
 * properties of an event and in `context.traits`; not in the traits of `group`, which are the company's own.
 */
export function readIdentifiers(message: TrackingMessage): GivenIdentifier[] {
  const given: GivenIdentifier[] = [];
  if (message.userId) given.push({ kind: 'user_id', value: message.userId });
  for (const said of personalRecords(message)) given.push(...readAddresses(said));
  if (message.anonymousId) given.push({ kind: 'anonymous_id', value: message.anonymousId });
  if (message.type === 'alias' && message.previousId)
    given.push({ kind: 'anonymous_id', value: message.previousId });
  return given.filter((one, position) => position === given.findIndex((other) => isSame(one, other)));
}

/** The person's traits as the SDK repeats them in the context of every call. */
export function contextTraits(message: TrackingMessage): Record<string, unknown> {
  const { traits } = message.context;
  return typeof traits === 'object' && traits !== null && !Array.isArray(traits) ? { ...traits } : {};
}

function personalRecords(message: TrackingMessage): Record<string, unknown>[] {
  const own =
    message.type === 'identify' ? [message.traits] : message.type === 'track' ? [message.properties] : [];
  return [...own, contextTraits(message)];
}

function readAddresses(said: Record<string, unknown>): GivenIdentifier[] {
  const email = readText(said.email, EMAIL_CHARS);
  const phone = readText(said.phone, PHONE_CHARS);
  return [
    ...(email ? [{ kind: 'email' as const, value: email }] : []),
    ...(phone ? [{ kind: 'phone' as const, value: phone }] : []),
  ];
}

function readText(value: unknown, longest: number): string | null {
  const text = typeof value === 'string' ? value.trim() : typeof value === 'number' ? String(value) : '';
  return text !== '' && text.length <= longest ? text : null;
}

function isSame(one: GivenIdentifier, other: GivenIdentifier): boolean {
  return one.kind === other.kind && one.value === other.value;
}
