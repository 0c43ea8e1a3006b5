import { sendingSettings } from '../../../flow/send/settings.ts';
import { updateWorkspace, updateWorkspaceSettings, workspaceFields } from '../../../staff/workspaces.ts';
import { readSealedStateOf } from '../../../tasks/sealed-state.ts';
import type { ViewAnswer } from '../../answers.ts';
import { audit } from '../../audit.ts';
import { isEncrypted } from '../../headers.ts';
import { sealedNotice, settingsTabs } from '../../models/settings.ts';
import { type PageContext, page, type Rejected } from '../../page.ts';
import { currencyOptions, KINDS, zoneOptions } from '../setup/form.ts';

export const showWorkspace = page({ handle: (request) => workspaceForm(request, {}) });

export const changeWorkspace = page({
  body: workspaceFields,
  handle: async (request) => {
    const { isComputedAnew } = await updateWorkspace(request.pipeline, request.workspace.id, request.body);
    await audit(request, 'workspace.changed', { details: request.body });
    const anew = ' Everyone is computed anew with it, beginning within a minute.';
    return { redirect: '/settings', flash: `Saved.${isComputedAnew ? anew : ''}` };
  },
  invalid: (request) => workspaceForm(request, request),
});

export const changeSending = page({
  body: sendingSettings,
  handle: async (request) => {
    await updateWorkspaceSettings(request.pipeline, request.workspace.id, { sending: request.body });
    await audit(request, 'sending.changed', { details: request.body });
    return { redirect: '/settings', flash: 'Saved.' };
  },
  invalid: (request) => workspaceForm(request, request),
});

/** Both forms of the page; their fields have different names, so what was typed goes back where it came from. */
async function workspaceForm(request: PageContext, rejected: Partial<Rejected>): Promise<ViewAnswer> {
  const { name, timezone, currency, kind, settings } = request.workspace;
  const sending = sendingSettings.parse(settings.sending ?? {});
  const model = {
    tabs: settingsTabs('/settings'),
    values: { name, timezone, currency, kind, ...sending, ...rejected.values },
    zones: zoneOptions(),
    currencies: currencyOptions(),
    kinds: KINDS,
    isEncrypted: isEncrypted(request.config),
    hasMail: request.config.smtpUrl !== null,
    workspaceId: request.workspace.id,
    sealed: sealedNotice(await readSealedStateOf(request.pipeline, request.workspace.id)),
  };
  return { view: 'settings/workspace', title: 'Settings', model, errors: rejected.errors ?? {} };
}
