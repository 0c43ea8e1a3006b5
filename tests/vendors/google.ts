import { createPublicKey, createVerify, generateKeyPairSync } from 'node:crypto';
import type { Vendor, VendorAnswer, VendorRequest } from '../../src/demo/vendors/wire.ts';
import { type ContractServer, startContractServer } from './contract-server.ts';
import type { Spec } from './spec.ts';

/** One key for a test file: making one takes a while. */
const { privateKey, publicKey } = generateKeyPairSync('rsa', {
  modulusLength: 2048,
  privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
  publicKeyEncoding: { type: 'spki', format: 'pem' },
});
const KEY_ID = 'k1';
const ACCESS_TOKEN = 'ya29.example';
export const ROBOT = 'segments@ada-tea.iam.gserviceaccount.com';

export type GoogleServer = ContractServer & {
  /** The service account as the console hands it out, its sign-in on this server. */
  serviceAccountKey: string;
};

/** Google's sign-in for machines at `/token`, and one of its interfaces behind it. */
export async function startGoogle(
  vendor: Vendor,
  options: { scope: string; spec: Spec },
): Promise<GoogleServer> {
  const { scope, spec } = options;
  const guarded: Vendor = (request) => {
    if (request.path === '/token') return grant(request, scope);
    return request.headers.authorization === `Bearer ${ACCESS_TOKEN}`
      ? vendor(request)
      : googleFault(401, 'UNAUTHENTICATED', 'Request had invalid authentication credentials.');
  };
  const server = await startContractServer(guarded, {
    faultsOfRequest: (request) => (request.path === '/token' ? [] : spec.faultsOfRequest(request)),
    faultsOfAnswer: (request, answer) =>
      request.path === '/token' || answer.status >= 400 ? [] : spec.faultsOfAnswer(request, answer),
  });
  return { ...server, serviceAccountKey: makeKey(`${server.url}/token`) };
}

export function makeKey(tokenUri: string, overrides: Record<string, string> = {}): string {
  return JSON.stringify({
    type: 'service_account',
    project_id: 'ada-tea',
    private_key_id: KEY_ID,
    private_key: privateKey,
    client_email: ROBOT,
    token_uri: tokenUri,
    ...overrides,
  });
}

export function googleFault(
  status: number,
  code: string,
  message: string,
  details: object[] = [],
): VendorAnswer {
  return { status, json: { error: { code: status, message, status: code, details } } };
}

/** A signed claim of at most an hour becomes a token; anything else is refused without saying why. */
function grant({ body, headers }: VendorRequest, scope: string): VendorAnswer {
  const form = new URLSearchParams(body);
  const isGrant = form.get('grant_type') === 'urn:ietf:params:oauth:grant-type:jwt-bearer';
  const isForm = headers['content-type'] === 'application/x-www-form-urlencoded';
  return isGrant && isForm && isGood(form.get('assertion') ?? '', scope)
    ? { status: 200, json: { access_token: ACCESS_TOKEN, expires_in: 3599, token_type: 'Bearer' } }
    : { status: 400, json: { error: 'invalid_grant', error_description: 'Invalid JWT Signature.' } };
}

function isGood(assertion: string, scope: string): boolean {
  const [head = '', claims = '', signature = ''] = assertion.split('.');
  const isSigned = createVerify('RSA-SHA256')
    .update(`${head}.${claims}`)
    .verify(createPublicKey(publicKey), Buffer.from(signature, 'base64url'));
  if (!isSigned) return false;
  const said = { ...decode(head), ...decode(claims) };
  const isDated = Number(said.exp) - Number(said.iat) <= 3600 && Number(said.exp) * 1000 > Date.now();
  const isNamed = said.iss === ROBOT && said.kid === KEY_ID && said.alg === 'RS256';
  return isDated && isNamed && said.scope === scope && String(said.aud).endsWith('/token');
}

function decode(part: string): Record<string, unknown> {
  return { ...JSON.parse(Buffer.from(part, 'base64url').toString()) };
}
