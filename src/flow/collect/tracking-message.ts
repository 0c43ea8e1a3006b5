import type { z } from 'zod';
import type { Issue } from '../../base/errors.ts';
import { consentProperties, isConsentEvent } from '../../connectors/http-api/consents.ts';
import { readIdentifiers } from '../../connectors/http-api/identifiers.ts';
import { type TrackingMessage, trackingMessage } from '../../connectors/http-api/message.ts';
import { TRACKING_LIMITS } from './limits.ts';

const ID_FIELDS = ['userId', 'anonymousId', 'previousId', 'groupId', 'event'] as const;

/** Everything wrong with one call, or none: its fields, what its type asks for, and that it names somebody. */
export function checkMessage(message: Record<string, unknown>): Issue[] {
  const parsed = trackingMessage.safeParse(message);
  if (!parsed.success) return toIssues(parsed.error);
  return [...findLongIds(parsed.data), ...findMissing(parsed.data), ...findBadConsent(parsed.data)];
}

function toIssues(error: z.ZodError, ...before: string[]): Issue[] {
  return error.issues.map(({ path, message }) => ({ path: [...before, ...path].join('.'), message }));
}

function findLongIds(message: TrackingMessage): Issue[] {
  const most = TRACKING_LIMITS.idChars;
  const long = ID_FIELDS.filter((field) => (message[field]?.length ?? 0) > most);
  return long.map((path) => ({ path, message: `It is longer than ${most} characters.` }));
}

function findMissing(message: TrackingMessage): Issue[] {
  if (message.type === 'alias')
    return [...require('userId', message.userId), ...require('previousId', message.previousId)];
  if (readIdentifiers(message).length === 0) {
    return [{ path: 'userId', message: 'Say who it is: a userId or an anonymousId.' }];
  }
  if (message.type === 'group') return require('groupId', message.groupId);
  return message.type === 'track' ? require('event', message.event) : [];
}

function require(path: string, value: string | undefined): Issue[] {
  return value ? [] : [{ path, message: 'This is needed, as text.' }];
}

function findBadConsent(message: TrackingMessage): Issue[] {
  if (message.type !== 'track' || !isConsentEvent(message.event ?? '')) return [];
  const parsed = consentProperties.safeParse(message.properties);
  return parsed.success ? [] : toIssues(parsed.error, 'properties');
}
