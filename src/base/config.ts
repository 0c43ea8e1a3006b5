import { createHash } from 'node:crypto';
import path from 'node:path';
import { z } from 'zod';
import { Invalid, type Issue } from './errors.ts';

const isWebAddress = (text: string) => /^https?:\/\/[^\s/]+/.test(text);
const list = z.string().transform((text) => text.split(/[\s,]+/).filter((part) => part !== ''));

/** Every setting of the environment, all optional: what is not here does not exist. */
const environment = z.object({
  PORT: z.coerce.number('must be a number').int().min(0).max(65_535).default(3000),
  HOST: z.string().min(1).default('127.0.0.1'),
  BASE_URL: z
    .string()
    .refine(isWebAddress, 'must be an address like https://segments.example.com')
    .optional(),
  DATABASE_URL: z
    .string()
    .regex(/^postgres(ql)?:\/\//, 'must begin with postgres://')
    .optional(),
  DATA_DIR: z.string().min(1).optional(),
  SECRET_KEY: z
    .string()
    .min(32, 'must be at least 32 characters: make one with `openssl rand -base64 32`')
    .optional(),
  SECRET_KEY_PREVIOUS: z.string().min(32, 'must be the whole key that SECRET_KEY was before').optional(),
  SMTP_URL: z
    .string()
    .regex(/^smtps?:\/\//, 'must begin with smtp:// or smtps://')
    .optional(),
  MAIL_FROM: z.string().min(3).optional(),
  ALLOW_PRIVATE_HOSTS: list.default([]),
  HEARTBEAT_URL: z.string().refine(isWebAddress, 'must be an address').optional(),
  GA_MEASUREMENT_ID: z
    .string()
    .regex(/^G-[A-Z0-9]+$/, 'looks like G-ABC123')
    .optional(),
  SITE_VERIFICATION: z.string().min(1).optional(),
  LOG_LEVEL: z.enum(['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent']).default('info'),
  SCHEDULE: z.enum(['on', 'off']).default('on'),
  NOW: z.iso.datetime({ offset: true, error: 'must be an instant like 2026-03-01T08:00:00Z' }).optional(),
  NODE_ENV: z.string().optional(),
});

export type Config = {
  port: number;
  host: string;
  /** Where people reach us, without a slash at the end. */
  baseUrl: string;
  databaseUrl: string | null;
  dataDir: string;
  secretKey: string | null;
  /** Opens what is still sealed with it; nothing is sealed with it any more. */
  previousSecretKey: string | null;
  smtpUrl: string | null;
  mailFrom: string | null;
  allowPrivateHosts: string[];
  heartbeatUrl: string | null;
  gaMeasurementId: string | null;
  siteVerification: string | null;
  logLevel: string;
  isScheduleOn: boolean;
  /** Where the product's clock starts; tests and demonstrations only. */
  now: Date | null;
  isProduction: boolean;
};

/** Reads the environment; throws Invalid that names every setting that is wrong. An empty setting is not set. */
export function readConfig(env: Record<string, string | undefined>): Config {
  const given = Object.fromEntries(
    Object.entries(env).filter(([, value]) => value !== undefined && value !== ''),
  );
  const parsed = environment.safeParse(given);
  if (!parsed.success)
    throw new Invalid(parsed.error.issues.map((i) => ({ path: i.path.join('.'), message: i.message })));
  const config = toConfig(parsed.data);
  const issues = checkTogether(config);
  if (issues.length > 0) throw new Invalid(issues);
  return config;
}

/** True for an address that only this machine can open. */
export function isLoopbackUrl(url: string): boolean {
  const host = new URL(url).hostname;
  return (
    host === 'localhost' || host.endsWith('.localhost') || host === '[::1]' || /^127(\.\d+){3}$/.test(host)
  );
}

function toConfig(env: z.infer<typeof environment>): Config {
  return {
    port: env.PORT,
    host: env.HOST,
    baseUrl: (env.BASE_URL ?? `http://localhost:${env.PORT}`).replace(/\/+$/, ''),
    databaseUrl: env.DATABASE_URL ?? null,
    dataDir: path.resolve(env.DATA_DIR ?? defaultDataDir()),
    secretKey: env.SECRET_KEY ?? null,
    previousSecretKey: env.SECRET_KEY_PREVIOUS ?? null,
    smtpUrl: env.SMTP_URL ?? null,
    mailFrom: env.MAIL_FROM ?? null,
    allowPrivateHosts: env.ALLOW_PRIVATE_HOSTS,
    heartbeatUrl: env.HEARTBEAT_URL ?? null,
    gaMeasurementId: env.GA_MEASUREMENT_ID ?? null,
    siteVerification: env.SITE_VERIFICATION ?? null,
    logLevel: env.LOG_LEVEL,
    isScheduleOn: env.SCHEDULE === 'on',
    now: env.NOW ? new Date(env.NOW) : null,
    isProduction: env.NODE_ENV === 'production',
  };
}

function checkTogether(config: Config): Issue[] {
  const issues: Issue[] = [];
  if (config.now && !isLoopbackUrl(config.baseUrl))
    issues.push({
      path: 'NOW',
      message: 'moves the product in time and is refused unless BASE_URL is on this machine',
    });
  if (config.secretKey && config.secretKey === config.previousSecretKey)
    issues.push({ path: 'SECRET_KEY_PREVIOUS', message: 'is the same as SECRET_KEY. Leave it out.' });
  return issues;
}

/**
 * As root the clone may lie where the database's own account cannot look (/root is 0700), so the data goes to
 * /var/lib, in a folder of this clone's own.
 */
function defaultDataDir(): string {
  const clone = path.resolve(import.meta.dirname, '..', '..');
  if (process.getuid?.() !== 0) return path.join(clone, '.data');
  return path.join('/var/lib/segments', createHash('sha256').update(clone).digest('hex').slice(0, 8));
}
