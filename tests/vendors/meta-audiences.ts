import { createHmac } from 'node:crypto';
import { fault } from '../../src/demo/vendors/meta.ts';
import type { Vendor, VendorAnswer, VendorRequest } from '../../src/demo/vendors/wire.ts';
import { type ContractServer, startContractServer } from './contract-server.ts';
import { loadSpec } from './spec.ts';

export type MetaAudience = {
  id: string;
  name: string;
  description: string;
  /** `email hash/phone hash` of each person there. */
  members: Set<string>;
  operation_status?: { code: number; description: string };
};
export type MetaAudienceServer = ContractServer & {
  audiences: MetaAudience[];
  /** Hashes of addresses Meta makes nothing of. */
  unusable: Set<string>;
  settings: { accessToken: string; appSecret: string; adAccountId: string; url: string };
};

const TOKEN = 'EXAMPLE_TOKEN';
const SECRET = 'app-secret';
const ACCOUNT = '1234567890';
const PROOF = createHmac('sha256', SECRET).update(TOKEN).digest('hex');

/** Custom audiences of one ad account, with their people. Being put in twice is being in once. */
export async function startMetaAudienceServer(): Promise<MetaAudienceServer> {
  const audiences: MetaAudience[] = [];
  const unusable = new Set<string>();
  const vendor: Vendor = (request) => {
    const isKnown = request.headers.authorization === `Bearer ${TOKEN}`;
    if (!isKnown) return fault(190, 'Invalid OAuth access token.', 467);
    if (request.query.get('appsecret_proof') !== PROOF) return fault(100, 'Invalid appsecret_proof');
    const [, , node, edge] = request.path.split('/');
    if (node === `act_${ACCOUNT}` && edge === 'customaudiences') return list(audiences, request);
    const audience = audiences.find(({ id }) => id === node);
    if (audience && edge === 'users') return change(audience, unusable, request);
    return fault(100, 'Unsupported request.');
  };
  const server = await startContractServer(vendor, await loadSpec('meta.json'));
  const settings = { accessToken: TOKEN, appSecret: SECRET, adAccountId: ACCOUNT, url: server.url };
  return { ...server, audiences, unusable, settings };
}

function list(audiences: MetaAudience[], { method, body }: VendorRequest): VendorAnswer {
  if (method === 'GET') {
    const data = audiences.map(({ id, name, description, operation_status }) => ({
      ...{ id, name, description },
      ...(operation_status ? { operation_status } : {}),
    }));
    return { status: 200, json: { data } };
  }
  const { name, description }: { name: string; description: string } = JSON.parse(body);
  const id = `2384918204767${audiences.length}`;
  audiences.push({ id, name, description, members: new Set() });
  return { status: 200, json: { id } };
}

function change(
  { id, members }: MetaAudience,
  unusable: Set<string>,
  { method, body }: VendorRequest,
): VendorAnswer {
  const { payload }: { payload: { data: [string, string][] } } = JSON.parse(body);
  let invalid = 0;
  for (const [email, phone] of payload.data) {
    if (unusable.has(email) && method === 'POST') invalid++;
    else if (method === 'POST') members.add(`${email}/${phone}`);
    else members.delete(`${email}/${phone}`);
  }
  const json = {
    audience_id: id,
    session_id: '3761857556148912661',
    num_received: payload.data.length,
    num_invalid_entries: invalid,
    invalid_entry_samples: invalid > 0 ? { redacted: 'invalid' } : [],
  };
  return { status: 200, json };
}
