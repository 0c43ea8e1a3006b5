import type { Request, Response } from 'express';
import type { Flash, PageAnswer, ViewAnswer } from './answers.ts';
import type { Setting } from './app.ts';
import { assetUrl } from './assets.ts';
import { csrfToken } from './csrf.ts';
import { SANDBOX_POLICY } from './headers.ts';
import { isOwnPath } from './own-path.ts';
import { renderPage } from './render.ts';
import { saveSession } from './session.ts';
import { renderView } from './views.ts';

/** Turns what a page answered into HTTP. */
export async function sendAnswer(
  setting: Setting,
  request: Request,
  response: Response,
  answer: PageAnswer,
): Promise<void> {
  if ('view' in answer) sendPage(setting, request, response, answer);
  else if ('redirect' in answer) await sendRedirect(request, response, answer);
  else if ('fragment' in answer) sendFragment(request, response, answer);
  else if ('download' in answer) sendDownload(response, answer.download);
  else if ('json' in answer) response.status(answer.status ?? 200).json(answer.json);
  else sendHtml(response.set('Content-Security-Policy', SANDBOX_POLICY), 200, answer.sandbox);
}

export function sendPage(setting: Setting, request: Request, response: Response, answer: ViewAnswer): void {
  sendHtml(response, answer.status, renderPage(setting, request, response, answer));
}

/** 303, so that a browser opens the next page with GET and going back does not send the form again. */
async function sendRedirect(
  request: Request,
  response: Response,
  answer: { redirect: string; flash?: string | Flash },
): Promise<void> {
  if (!isOwnPath(answer.redirect)) throw new Error('A page wanted to redirect away from the product.');
  if (answer.flash && request.session) {
    request.session.flash =
      typeof answer.flash === 'string' ? { text: answer.flash, kind: 'success' } : answer.flash;
  }
  if (request.session && request.method !== 'GET') await saveSession(request);
  response.redirect(303, answer.redirect);
}

function sendFragment(
  request: Request,
  response: Response,
  answer: Extract<PageAnswer, { fragment: string }>,
): void {
  const locals = { errors: {}, values: {}, csrf: request.session ? csrfToken(request) : '', assetUrl };
  sendHtml(response, answer.status, renderView(answer.fragment, { ...locals, ...answer.model }));
}

function sendDownload(
  response: Response,
  download: Extract<PageAnswer, { download: unknown }>['download'],
): void {
  response.attachment(download.name).type(download.contentType);
  if (typeof download.body === 'string') response.send(download.body);
  else download.body.on('error', (error) => response.destroy(error)).pipe(response);
}

function sendHtml(response: Response, status: number | undefined, html: string): void {
  response
    .status(status ?? 200)
    .type('html')
    .send(html);
}
