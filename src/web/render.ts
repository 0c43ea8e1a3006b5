import type { Request, Response } from 'express';
import type { ViewAnswer } from './answers.ts';
import type { Setting } from './app.ts';
import { assetUrl } from './assets.ts';
import { csrfToken } from './csrf.ts';
import { isEncrypted } from './headers.ts';
import { entryFrame, shellFrame } from './models/layout.ts';
import { takeFlash } from './session.ts';
import { renderView } from './views.ts';

/** A page in its frame: the whole product around it for those signed in, a card alone for everybody else. */
export function renderPage(
  setting: Setting,
  request: Request,
  response: Response,
  answer: ViewAnswer,
): string {
  const frame = frameOf(setting, request, response, answer);
  const locals = { errors: answer.errors ?? {}, values: {}, csrf: frame.csrf, assetUrl };
  const bodyHtml = renderView(answer.view, { ...locals, ...answer.model });
  return renderView(frame.layout, { ...frame, bodyHtml });
}

function frameOf(setting: Setting, request: Request, response: Response, answer: ViewAnswer) {
  const common = {
    title: answer.title,
    crumbs: answer.crumbs ?? [],
    actions: answer.actions ?? [],
    csrf: request.session ? csrfToken(request) : '',
    flash: request.session ? takeFlash(request.session) : null,
    theme: themeOf(request),
    nonce: String(response.locals.nonce),
    siteVerification: setting.config.siteVerification,
    gaMeasurementId: setting.config.gaMeasurementId,
    assetUrl,
  };
  if (!request.user) return { ...common, ...entryFrame() };
  return {
    ...common,
    ...shellFrame(request.user, request.path),
    isUnencrypted: !isEncrypted(setting.config),
  };
}

/** A taste, not a secret: it is kept in a cookie of its own that survives signing out. */
function themeOf(request: Request): 'light' | 'dark' | 'system' {
  const cookies = request.headers.cookie?.split(/;\s*/) ?? [];
  if (cookies.includes('theme=dark')) return 'dark';
  return cookies.includes('theme=light') ? 'light' : 'system';
}
