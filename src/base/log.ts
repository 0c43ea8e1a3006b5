import { type LoggerOptions, pino } from 'pino';

const options: LoggerOptions = {
  level: readLevel(),
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
};

/**
 * One line a thing that happened: a constant sentence and named fields. Never an address, a body or a secret;
 * a person is named by profile id only. `error`: somebody must act. `warn`: we coped.
 * Written to standard error, so that what a command answers stands alone on standard output.
 */
export const log = pino(options, pino.destination(2));

export type Log = typeof log;

/** A level that does not exist is named by the check of the settings, which needs this log to be there. */
function readLevel(): string {
  const level = process.env.LOG_LEVEL ?? (process.env.VITEST ? 'silent' : 'info');
  return level === 'silent' || level in pino.levels.values ? level : 'info';
}
