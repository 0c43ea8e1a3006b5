import {
  createCampaignEndpoint,
  listDeliveriesEndpoint,
  showCampaignEndpoint,
  startCampaignEndpoint,
} from './api/campaigns.ts';
import { healthz, metrics, readyz } from './api/health.ts';
import { receiveWebhook } from './api/hooks.ts';
import { followLink, showPicture } from './api/message-links.ts';
import { getOpenapi } from './api/openapi.ts';
import {
  getProfile,
  getProfileEvents,
  getProfileSegments,
  getProfiles,
  getProfileTraits,
} from './api/profiles.ts';
import { createRefresh, getRefresh } from './api/refreshes.ts';
import { explainSegmentMember, getSegmentMembers, previewSegment } from './api/segment-people.ts';
import {
  createSegmentEndpoint,
  getSegmentEndpoint,
  getSegments,
  removeSegmentEndpoint,
  updateSegmentEndpoint,
} from './api/segments.ts';
import { getSources, startSourceSync } from './api/sources.ts';
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
import { createDemo } from './pages/demo/create.ts';
import { deleteDemo } from './pages/demo/remove.ts';
import {
  createPush,
  pauseDestination,
  removeDestination,
  restartDestination,
  resumeDestination,
  retryDestination,
  setDestinationRhythm,
} from './pages/destinations/change.ts';
import { createDestinationPage, showDestinationForm } from './pages/destinations/create.ts';
import { showDryRun } from './pages/destinations/dry-run.ts';
import { newDestination } from './pages/destinations/gallery.ts';
import { showDestinations } from './pages/destinations/index.ts';
import { showDestination } from './pages/destinations/show.ts';
import { showDictionary } from './pages/dictionary/index.ts';
import { showHome } from './pages/home/show.ts';
import { createImport, showNewImport } from './pages/imports/create.ts';
import { listImports } from './pages/imports/list.ts';
import { createMapping, showMapping } from './pages/imports/mapping.ts';
import { downloadRefused, showImport, showImportState } from './pages/imports/show.ts';
import { acceptInvitationPage, showInvitation } from './pages/invitations/show.ts';
import { createLogin } from './pages/login/create.ts';
import { logout } from './pages/login/logout.ts';
import { showLogin } from './pages/login/show.ts';
import { chooseTheme } from './pages/login/theme.ts';
import { createTotpLogin, showTotpLogin } from './pages/login/totp.ts';
import { createCount, showAudience } from './pages/messages/audience.ts';
import { createMessage, newMessage, removeMessage, updateMessage } from './pages/messages/edit.ts';
import { listMessages } from './pages/messages/index.ts';
import { showOutbox, showOutboxBody, showOutboxMail } from './pages/messages/outbox.ts';
import { listMessagePeople } from './pages/messages/people.ts';
import { createTestSend, showPreview, showPreviewBody } from './pages/messages/preview.ts';
import { showMessage, showMessageProgress } from './pages/messages/show.ts';
import { createPause, createResumption, createStart } from './pages/messages/start.ts';
import { askPasswordReset, showPasswordReset } from './pages/password-resets/ask.ts';
import { createNewPassword, showNewPassword } from './pages/password-resets/show.ts';
import { showPeople } from './pages/people/index.ts';
import { createMerge, createParting, showMerges } from './pages/people/merges.ts';
import { createErasure, exportPersonPage, showPrivacy } from './pages/people/privacy.ts';
import { showPerson } from './pages/people/show.ts';
import { changePreferences, showPreferences } from './pages/public/preferences.ts';
import { createUnsubscribe, showUnsubscribe } from './pages/public/unsubscribe.ts';
import { showReports } from './pages/reports/show.ts';
import { showRuns } from './pages/runs/index.ts';
import { showRefresh } from './pages/runs/refresh.ts';
import { showSearch } from './pages/search/index.ts';
import { showByHand } from './pages/segments/by-hand.ts';
import { recountSegmentPage, showCheck } from './pages/segments/check.ts';
import { createChoices, deleteChoice } from './pages/segments/choices.ts';
import {
  createSegmentPage,
  editSegment,
  newSegment,
  previewSegmentPage,
  removeSegmentPage,
  updateSegmentPage,
} from './pages/segments/edit.ts';
import { impactNeedsForm, showImpact } from './pages/segments/impact.ts';
import { askInsights, showInsights } from './pages/segments/insights.ts';
import { showLibrary, switchEntry } from './pages/segments/library.ts';
import { changeLimits, showLimits } from './pages/segments/limits.ts';
import { listSegmentsPage } from './pages/segments/list.ts';
import { createListPage, newList, saveFoundPeople, uploadList } from './pages/segments/lists.ts';
import { downloadUnmatched } from './pages/segments/matched.ts';
import { exportSegment } from './pages/segments/members-file.ts';
import { showMovement } from './pages/segments/movement.ts';
import { createPin, deletePin } from './pages/segments/pins.ts';
import { countNow } from './pages/segments/refresh.ts';
import { showRfm } from './pages/segments/rfm.ts';
import { showSegment } from './pages/segments/show.ts';
import { showThen } from './pages/segments/then.ts';
import { returnToVersion, showVersions } from './pages/segments/versions.ts';
import { showWhy } from './pages/segments/why.ts';
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
import { showBackfillForm, startBackfill } from './pages/sources/backfill.ts';
import { checkConnection, createConnection, showConnectForm } from './pages/sources/connect.ts';
import { replayOneSource, saveFieldMapping, showFieldMapping } from './pages/sources/field-mapping.ts';
import { showGallery } from './pages/sources/gallery.ts';
import { listSources } from './pages/sources/index.ts';
import { forgetGap, noteGap } from './pages/sources/known-gaps.ts';
import { retryQuarantine, showQuarantine } from './pages/sources/quarantine.ts';
import {
  checkSourceTotals,
  rereadOneDay,
  scanSourceStream,
  showReconciliation,
  showReconciliationRows,
} from './pages/sources/reconciliation.ts';
import {
  pauseOneSource,
  removeOneSource,
  resumeOneSource,
  showSourceSettings,
  updateSourceSettings,
  updateStreams,
} from './pages/sources/settings.ts';
import { showProgress, showSource } from './pages/sources/show.ts';
import { showRunProgress, showSyncRun, startSyncRun } from './pages/sources/sync-runs.ts';
import { registerWebhook } from './pages/sources/webhooks.ts';
import { del, get, patch, post, type Route } from './route.ts';

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

  get('/hooks/:token', 'none', receiveWebhook),
  post('/hooks/:token', 'none', receiveWebhook),

  get('/api/v1/profiles', 'api-key', getProfiles),
  get('/api/v1/profiles/:id', 'api-key', getProfile),
  get('/api/v1/profiles/:id/events', 'api-key', getProfileEvents),
  get('/api/v1/profiles/:id/segments', 'api-key', getProfileSegments),
  get('/api/v1/profiles/:id/traits', 'api-key', getProfileTraits),
  get('/api/v1/segments', 'api-key', getSegments),
  post('/api/v1/segments', 'api-key', createSegmentEndpoint),
  post('/api/v1/segments/preview', 'api-key', previewSegment),
  get('/api/v1/segments/:key', 'api-key', getSegmentEndpoint),
  patch('/api/v1/segments/:key', 'api-key', updateSegmentEndpoint),
  del('/api/v1/segments/:key', 'api-key', removeSegmentEndpoint),
  get('/api/v1/segments/:key/members', 'api-key', getSegmentMembers),
  get('/api/v1/segments/:key/why/:profileId', 'api-key', explainSegmentMember),
  post('/api/v1/refresh', 'api-key', createRefresh),
  get('/api/v1/refreshes/:id', 'api-key', getRefresh),
  get('/api/v1/openapi.json', 'api-key', getOpenapi),
  get('/api/v1/sources', 'api-key', getSources),
  post('/api/v1/sources/:id/sync', 'api-key', startSourceSync),

  post('/api/v1/campaigns', 'api-key', createCampaignEndpoint),
  get('/api/v1/campaigns/:id', 'api-key', showCampaignEndpoint),
  post('/api/v1/campaigns/:id/starts', 'api-key', startCampaignEndpoint),
  get('/api/v1/campaigns/:id/deliveries', 'api-key', listDeliveriesEndpoint),

  // Links in messages: signed, opened without a session.
  get('/o/:token', 'none', showPicture),
  get('/c/:token', 'none', followLink),
  get('/unsubscribe/:token', 'public', showUnsubscribe),
  post('/unsubscribe/:token', 'public', createUnsubscribe),
  get('/preferences/:token', 'public', showPreferences),
  post('/preferences/:token', 'public', changePreferences),

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
  post('/demo', 'admin', createDemo),
  post('/demo-removals', 'admin', deleteDemo),
  get('/people', 'viewer', showPeople),
  get('/people/:id', 'viewer', showPerson),
  get('/people/:id/merges', 'admin', showMerges),
  post('/people/:id/merges', 'admin', createMerge),
  post('/people/:id/partings', 'admin', createParting),
  get('/people/:id/privacy', 'admin', showPrivacy),
  get('/people/:id/export', 'admin', exportPersonPage),
  post('/people/:id/erasures', 'admin', createErasure),
  get('/search', 'viewer', showSearch),
  get('/reports', 'viewer', showReports),
  get('/dictionary', 'viewer', showDictionary),

  get('/segments', 'viewer', listSegmentsPage),
  post('/segments', 'marketer', createSegmentPage),
  get('/segments/new', 'marketer', newSegment),
  post('/segments/previews', 'marketer', previewSegmentPage),
  get('/segments/lifecycle', 'viewer', showLimits),
  get('/segments/rfm', 'viewer', showRfm),
  get('/segments/library', 'viewer', showLibrary),
  post('/segments/lifecycle', 'marketer', changeLimits),
  post('/refreshes', 'marketer', countNow),
  get('/segments/:key', 'viewer', showSegment),
  post('/segments/:key', 'marketer', updateSegmentPage),
  get('/segments/:key/insights', 'viewer', showInsights),
  post('/segments/:key/insights', 'marketer', askInsights),
  get('/segments/:key/movement', 'viewer', showMovement),
  post('/segments/:key/switches', 'marketer', switchEntry),
  get('/segments/:key/edit', 'marketer', editSegment),
  get('/segments/:key/impact', 'marketer', impactNeedsForm),
  post('/segments/:key/impact', 'marketer', showImpact),
  get('/segments/:key/versions', 'viewer', showVersions),
  post('/segments/:key/versions', 'marketer', returnToVersion),
  get('/segments/:key/members.csv', 'viewer', exportSegment),
  post('/segments/:key/removals', 'marketer', removeSegmentPage),
  get('/segments/:key/why/:profileId', 'viewer', showWhy),
  get('/segments/:key/check', 'viewer', showCheck),
  post('/segments/:key/recounts', 'marketer', recountSegmentPage),
  get('/segments/:key/then', 'viewer', showThen),
  get('/segments/:key/by-hand', 'viewer', showByHand),
  post('/segments/:key/pins', 'marketer', createPin),
  post('/segments/:key/pins/:profileId/removals', 'marketer', deletePin),
  post('/segments/:key/choices', 'marketer', createChoices),
  post('/segments/:key/choices/:profileId/removals', 'marketer', deleteChoice),
  post('/segments/:key/uploads', 'marketer', uploadList),
  get('/lists/new', 'marketer', newList),
  post('/lists', 'marketer', createListPage),
  post('/lists/found', 'marketer', saveFoundPeople),
  post('/lists/unmatched', 'marketer', downloadUnmatched),

  get('/messages', 'viewer', listMessages),
  post('/messages', 'marketer', createMessage),
  get('/messages/new', 'marketer', newMessage),
  get('/messages/outbox', 'viewer', showOutbox),
  get('/messages/outbox/:id', 'viewer', showOutboxMail),
  get('/messages/outbox/:id/body', 'marketer', showOutboxBody),
  get('/messages/:id', 'viewer', showMessage),
  post('/messages/:id', 'marketer', updateMessage),
  post('/messages/:id/removals', 'marketer', removeMessage),
  get('/messages/:id/preview', 'marketer', showPreview),
  get('/messages/:id/preview/body', 'marketer', showPreviewBody),
  post('/messages/:id/test-sends', 'marketer', createTestSend),
  get('/messages/:id/audience', 'viewer', showAudience),
  post('/messages/:id/counts', 'marketer', createCount),
  post('/messages/:id/starts', 'marketer', createStart),
  post('/messages/:id/pauses', 'marketer', createPause),
  post('/messages/:id/resumptions', 'marketer', createResumption),
  get('/messages/:id/progress', 'viewer', showMessageProgress),
  get('/messages/:id/people', 'viewer', listMessagePeople),

  get('/destinations', 'marketer', showDestinations),
  get('/destinations/new', 'admin', newDestination),
  get('/destinations/new/:connector', 'admin', showDestinationForm),
  post('/destinations/new/:connector', 'admin', createDestinationPage),
  get('/destinations/:id', 'marketer', showDestination),
  get('/destinations/:id/dry-run', 'marketer', showDryRun),
  post('/destinations/:id/pushes', 'marketer', createPush),
  post('/destinations/:id/retries', 'marketer', retryDestination),
  post('/destinations/:id/restarts', 'admin', restartDestination),
  post('/destinations/:id/rhythms', 'admin', setDestinationRhythm),
  post('/destinations/:id/pauses', 'admin', pauseDestination),
  post('/destinations/:id/resumptions', 'admin', resumeDestination),
  post('/destinations/:id/removals', 'admin', removeDestination),

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

  get('/sources', 'admin', listSources),
  get('/sources/new', 'admin', showGallery),
  get('/sources/new/:connector', 'admin', showConnectForm),
  post('/sources/new/:connector', 'admin', createConnection),
  post('/sources/new/:connector/checks', 'admin', checkConnection),
  get('/sources/:id', 'admin', showSource),
  get('/sources/:id/progress', 'admin', showProgress),
  get('/sources/:id/quarantine', 'admin', showQuarantine),
  post('/sources/:id/quarantine/retries', 'admin', retryQuarantine),
  get('/sources/:id/reconciliation', 'admin', showReconciliation),
  get('/sources/:id/reconciliation/rows', 'admin', showReconciliationRows),
  post('/sources/:id/reconciliation/checks', 'admin', checkSourceTotals),
  post('/sources/:id/reconciliation/known-gaps', 'admin', noteGap),
  post('/sources/:id/reconciliation/known-gaps/removals', 'admin', forgetGap),
  post('/sources/:id/reconciliation/rereads', 'admin', rereadOneDay),
  post('/sources/:id/reconciliation/scans', 'admin', scanSourceStream),
  get('/sources/:id/settings', 'admin', showSourceSettings),
  post('/sources/:id/settings', 'admin', updateSourceSettings),
  post('/sources/:id/streams', 'admin', updateStreams),
  post('/sources/:id/pauses', 'admin', pauseOneSource),
  post('/sources/:id/resumptions', 'admin', resumeOneSource),
  post('/sources/:id/removals', 'admin', removeOneSource),
  post('/sources/:id/webhook-registrations', 'admin', registerWebhook),
  post('/sources/:id/sync-runs', 'admin', startSyncRun),
  get('/sources/:id/backfills/new', 'admin', showBackfillForm),
  post('/sources/:id/backfills', 'admin', startBackfill),
  get('/sources/:id/mapping', 'admin', showFieldMapping),
  post('/sources/:id/mapping', 'admin', saveFieldMapping),
  post('/sources/:id/replays', 'admin', replayOneSource),
  get('/sources/:id/runs/:run', 'admin', showSyncRun),
  get('/sources/:id/runs/:run/progress', 'admin', showRunProgress),
  get('/runs', 'admin', showRuns),
  get('/runs/refreshes/:id', 'admin', showRefresh),

  get('/imports', 'marketer', listImports),
  get('/imports/new', 'marketer', showNewImport),
  post('/imports', 'marketer', createImport),
  get('/imports/:id', 'marketer', showImport),
  get('/imports/:id/state', 'marketer', showImportState),
  get('/imports/:id/mapping', 'marketer', showMapping),
  post('/imports/:id/mapping', 'marketer', createMapping),
  get('/imports/:id/set-aside.csv', 'marketer', downloadRefused),
];
