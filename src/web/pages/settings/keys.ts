import { z } from 'zod';
import { createKey, listKeys, revokeKey } from '../../../staff/keys.ts';
import type { ViewAnswer } from '../../answers.ts';
import { audit } from '../../audit.ts';
import { keyModel, settingsTabs } from '../../models/settings.ts';
import { type PageContext, page, type Rejected } from '../../page.ts';

const KINDS = [
  { value: 'write', label: 'Write key: a site or server sends events' },
  { value: 'api', label: 'API key: a program reads people and segments' },
];

export const showKeys = page({ handle: (request) => keyList(request, {}) });

/** The secret stands on the answer to this form and never again. */
export const createKeyPage = page({
  body: z.strictObject({
    name: z.string().trim().min(1, 'Name it after what will use it.').max(100, 'Use at most 100 characters.'),
    kind: z.enum(['write', 'api'], 'Choose a kind.'),
  }),
  handle: async (request) => {
    const wish = { ...request.body, workspaceId: request.workspace.id, createdBy: request.user.id };
    const { secret } = await createKey(request.pipeline, wish);
    await audit(request, 'key.created', { subject: request.body.name, details: { kind: request.body.kind } });
    return { ...(await keyList(request, { made: { name: request.body.name, secret } })), status: 201 };
  },
  invalid: (request) => keyList(request, request),
});

export const revokeKeyPage = page({
  params: z.strictObject({ id: z.uuid() }),
  body: z.strictObject({}),
  handle: async (request) => {
    const name = await revokeKey(request.pipeline, request.workspace.id, request.params.id);
    await audit(request, 'key.revoked', { subject: name });
    return { redirect: '/settings/keys', flash: `The key ${name} opens nothing any more.` };
  },
});

type Shown = Partial<Rejected> & { made?: { name: string; secret: string } };

async function keyList(request: PageContext, shown: Shown): Promise<ViewAnswer> {
  const { workspace } = request;
  const keys = await listKeys(request.pipeline, workspace.id);
  const model = {
    tabs: settingsTabs('/settings/keys'),
    keys: keys.map((key) => keyModel(key, workspace.timezone)),
    kinds: KINDS,
    made: shown.made ?? null,
    baseUrl: request.config.baseUrl,
    values: { name: '', kind: 'write', ...shown.values },
  };
  return { view: 'settings/keys', title: 'Settings', model, errors: shown.errors ?? {} };
}
