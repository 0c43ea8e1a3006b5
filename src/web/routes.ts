import { healthz, metrics, readyz } from './api/health.ts';
import {
  trackAlias,
  trackBatch,
  trackEvent,
  trackGroup,
  trackIdentify,
  trackPage,
  trackScreen,
} from './api/tracking.ts';
import { sourceConfig, trackingSettings } from './api/tracking-settings.ts';
import {
  changeName,
  changePassword,
  endOneSession,
  endOtherSessions,
  showAccount,
} from './pages/account/show.ts';
import { switchWorkspace } from './pages/account/switch.ts';
import { createTotp, deleteTotp, showTotp } from './pages/account/totp.ts';
import { showHome } from './pages/home/show.ts';
import { acceptInvitationPage, showInvitation } from './pages/invitations/show.ts';
import { createLogin } from './pages/login/create.ts';
import { logout } from './pages/login/logout.ts';
import { showLogin } from './pages/login/show.ts';
import { chooseTheme } from './pages/login/theme.ts';
import { createTotpLogin, showTotpLogin } from './pages/login/totp.ts';
import { askPasswordReset, showPasswordReset } from './pages/password-resets/ask.ts';
import { createNewPassword, showNewPassword } from './pages/password-resets/show.ts';
import { showReports } from './pages/reports/show.ts';
import { showAudit } from './pages/settings/audit.ts';
import {
  closeColleague,
  createInvitation,
  createPasswordLink,
  deleteColleague,
  deleteInvitation,
  showColleagues,
  updateRole,
} from './pages/settings/colleagues.ts';
import { createKeyPage, revokeKeyPage, showKeys } from './pages/settings/keys.ts';
import { changeSending, changeWorkspace, showWorkspace } from './pages/settings/workspace.ts';
import { createSetup } from './pages/setup/create.ts';
import { showSetup } from './pages/setup/show.ts';
import { get, post, type Route } from './route.ts';

/** The site map: every URL of the product, with who may open it. First the machines, then whoever, then people. */
export const routes: Route[] = [
  get('/healthz', 'none', healthz),
  get('/readyz', 'none', readyz),
  get('/metrics', 'none', metrics),

  // Tracking, as the SDKs of Segment and RudderStack speak it: by word, and by letter from browsers.
  post('/v1/identify', 'write-key', trackIdentify),
  post('/v1/track', 'write-key', trackEvent),
  post('/v1/page', 'write-key', trackPage),
  post('/v1/screen', 'write-key', trackScreen),
  post('/v1/group', 'write-key', trackGroup),
  post('/v1/alias', 'write-key', trackAlias),
  post('/v1/batch', 'write-key', trackBatch),
  post('/v1/import', 'write-key', trackBatch),
  post('/v1/i', 'write-key', trackIdentify),
  post('/v1/t', 'write-key', trackEvent),
  post('/v1/p', 'write-key', trackPage),
  post('/v1/s', 'write-key', trackScreen),
  post('/v1/g', 'write-key', trackGroup),
  post('/v1/a', 'write-key', trackAlias),
  post('/v1/b', 'write-key', trackBatch),
  get('/v1/projects/:writeKey/settings', 'write-key', trackingSettings),
  get('/sourceConfig', 'write-key', sourceConfig),

  get('/setup', 'public', showSetup),
  post('/setup', 'public', createSetup),
  get('/login', 'public', showLogin),
  post('/login', 'public', createLogin),
  get('/login/totp', 'public', showTotpLogin),
  post('/login/totp', 'public', createTotpLogin),
  post('/logout', 'public', logout),
  post('/theme', 'public', chooseTheme),
  get('/invitations/:token', 'public', showInvitation),
  post('/invitations/:token', 'public', acceptInvitationPage),
  get('/password-resets', 'public', showPasswordReset),
  post('/password-resets', 'public', askPasswordReset),
  get('/password-resets/:token', 'public', showNewPassword),
  post('/password-resets/:token', 'public', createNewPassword),

  get('/', 'viewer', showHome),
  get('/reports', 'viewer', showReports),

  get('/settings', 'admin', showWorkspace),
  post('/settings', 'admin', changeWorkspace),
  post('/settings/sending', 'admin', changeSending),
  get('/settings/colleagues', 'admin', showColleagues),
  post('/settings/colleagues', 'admin', createInvitation),
  post('/settings/colleagues/:id/role', 'admin', updateRole),
  post('/settings/colleagues/:id/state', 'admin', closeColleague),
  post('/settings/colleagues/:id/removals', 'admin', deleteColleague),
  post('/settings/colleagues/:id/password-links', 'admin', createPasswordLink),
  post('/settings/invitations/:id/withdrawals', 'admin', deleteInvitation),
  get('/settings/keys', 'admin', showKeys),
  post('/settings/keys', 'admin', createKeyPage),
  post('/settings/keys/:id/revocations', 'admin', revokeKeyPage),
  get('/settings/audit', 'admin', showAudit),

  get('/account', 'signed-in', showAccount),
  post('/account', 'signed-in', changeName),
  post('/account/password', 'signed-in', changePassword),
  get('/account/totp', 'signed-in', showTotp),
  post('/account/totp', 'signed-in', createTotp),
  post('/account/totp/removals', 'signed-in', deleteTotp),
  post('/account/sessions/ends', 'signed-in', endOtherSessions),
  post('/account/sessions/:ref/ends', 'signed-in', endOneSession),
  post('/workspace-switches', 'signed-in', switchWorkspace),
];
