import { pino } from 'pino';

/**
 * One line a thing that happened: a constant sentence and named fields. Never an address, a body or a secret;
 * a person is named by profile id only. `error`: somebody must act. `warn`: we coped.
 */
export const log = pino({
  level: process.env.LOG_LEVEL ?? (process.env.VITEST ? 'silent' : 'info'),
  base: null,
  redact: {
    paths: [
      'password',
      'token',
      'secret',
      'authorization',
      'cookie',
      'email',
      '*.password',
      '*.token',
      '*.secret',
      '*.email',
    ],
    censor: '[hidden]',
  },
});

export type Log = typeof log;
