import { csrfSync } from 'csrf-sync';
import type { Request, RequestHandler } from 'express';
import { Forbidden } from '../base/errors.ts';

const SAFE_METHODS = ['GET', 'HEAD', 'OPTIONS'];

const protection = csrfSync({
  getTokenFromRequest: (request) => readToken(request),
  getTokenFromState: (request) => request.session.csrfToken,
  storeTokenInState: (request, token) => {
    if (typeof token === 'string') request.session.csrfToken = token;
  },
  size: 32,
});

/** The token that every form of this session carries. */
export function csrfToken(request: Request): string {
  return protection.generateToken(request);
}

/** A browser that says the form stands on another site is believed before any token is looked at. */
export const refuseCrossSite: RequestHandler = (request, _response, next) => {
  const isCrossSite = request.get('sec-fetch-site') === 'cross-site';
  if (isCrossSite && !SAFE_METHODS.includes(request.method))
    throw new Forbidden('This form was sent from another site.');
  next();
};

/** Refused without the token of this session, for every method that changes something. */
export const requireToken: RequestHandler = (request, response, next) => {
  protection.csrfSynchronisedProtection(request, response, (error?: unknown) => {
    if (error)
      next(
        new Forbidden(
          'This form is too old, or was not made here. Load the page again and send it once more.',
          { cause: error },
        ),
      );
    else next();
  });
};

/** Only a text counts: an array or object is no token. */
function readToken(request: Request): string | undefined {
  const given: unknown = request.body?._csrf ?? request.get('x-csrf-token');
  return typeof given === 'string' ? given : undefined;
}
