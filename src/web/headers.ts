import { randomBytes } from 'node:crypto';
import type { RequestHandler } from 'express';
import helmet from 'helmet';
import type { Config } from '../base/config.ts';

const YEAR_SECONDS = 31_536_000;
const ANALYTICS = 'https://www.googletagmanager.com';

export function isEncrypted(config: Config): boolean {
  return config.baseUrl.startsWith('https://');
}

/** A fresh nonce a response, before the headers that name it. */
export const drawNonce: RequestHandler = (_request, response, next) => {
  response.locals.nonce = randomBytes(16).toString('base64');
  next();
};

/**
 * Every directive written out: helmet's own defaults allow inline styles and upgrade requests. What needs https
 * is sent only where people reach us by https, or a plain-http start would lock its own browser out.
 */
export function securityHeaders(config: Config): RequestHandler {
  return helmet({
    contentSecurityPolicy: { useDefaults: false, directives: directives(config) },
    strictTransportSecurity: isEncrypted(config) ? { maxAge: YEAR_SECONDS, includeSubDomains: false } : false,
    crossOriginOpenerPolicy: { policy: 'same-origin' },
    crossOriginResourcePolicy: { policy: 'same-origin' },
    referrerPolicy: { policy: 'same-origin' },
    xFrameOptions: { action: 'sameorigin' },
  });
}

/** What a browser may use besides: nothing. */
export const permissions: RequestHandler = (_request, response, next) => {
  response.set('Permissions-Policy', 'camera=(), geolocation=(), microphone=(), payment=(), usb=()');
  next();
};

export const noStore: RequestHandler = (_request, response, next) => {
  response.set('Cache-Control', 'no-store');
  next();
};

/** The box for documents we did not write: no script, no form, no address of ours. */
export const SANDBOX_POLICY =
  "sandbox; default-src 'none'; img-src https: data:; style-src 'unsafe-inline'; font-src https: data:; frame-ancestors 'self'; form-action 'none'; base-uri 'none'";

function directives(config: Config) {
  const analytics = config.gaMeasurementId ? [ANALYTICS] : [];
  const figures = config.gaMeasurementId
    ? ['https://*.google-analytics.com', 'https://*.analytics.google.com']
    : [];
  return {
    defaultSrc: ["'self'"],
    scriptSrc: ["'self'", withNonce, ...analytics],
    styleSrc: ["'self'"],
    imgSrc: ["'self'", 'data:', ...figures],
    fontSrc: ["'self'"],
    connectSrc: ["'self'", ...figures],
    frameSrc: ["'self'"],
    objectSrc: ["'none'"],
    baseUri: ["'none'"],
    formAction: ["'self'"],
    frameAncestors: ["'self'"],
    ...(isEncrypted(config) ? { upgradeInsecureRequests: [] } : {}),
  };
}

function withNonce(_request: unknown, response: object): string {
  if (
    'locals' in response &&
    typeof response.locals === 'object' &&
    response.locals &&
    'nonce' in response.locals
  ) {
    return `'nonce-${response.locals.nonce}'`;
  }
  return "'self'";
}
