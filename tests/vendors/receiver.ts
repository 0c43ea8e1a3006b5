import { isStandardSigned } from '../../src/connectors/reading/signatures.ts';
import type { VendorAnswer, VendorRequest } from '../../src/demo/vendors/wire.ts';
import { type ContractServer, startContractServer } from './contract-server.ts';

export const SECRET = `whsec_${Buffer.alloc(32, 7).toString('base64')}`;

type Message = { id: string; type: string; person: string };
export type Receiver = ContractServer & {
  /** Each message once, whatever was repeated: who obeys the standard knows it by its id. */
  messages: Map<string, Message>;
  /** People the receiver cannot stand: an answer instead. */
  dislikes: Map<string, VendorAnswer>;
  settings: { url: string; secret: string };
};

/** A system of the business's own, that checks signatures as the standard says. */
export async function startReceiver(): Promise<Receiver> {
  const messages = new Map<string, Message>();
  const dislikes = new Map<string, VendorAnswer>();
  const server = await startContractServer((request) => receive(request, messages, dislikes));
  return { ...server, messages, dislikes, settings: { url: `${server.url}/hooks/segments`, secret: SECRET } };
}

function receive(
  { headers, body, method }: VendorRequest,
  messages: Map<string, Message>,
  dislikes: Map<string, VendorAnswer>,
): VendorAnswer {
  const request = {
    method: 'POST' as const,
    query: {},
    headers,
    body: Buffer.from(body),
    receivedAt: new Date(),
  };
  if (method !== 'POST' || !isStandardSigned(request, [SECRET])) return { status: 401, json: {} };
  const { type, data }: { type: string; data: { person?: { id: string } } } = JSON.parse(body);
  const person = data.person?.id ?? '';
  const dislike = dislikes.get(person);
  if (dislike) return dislike;
  const id = headers['webhook-id'] ?? '';
  messages.set(id, { id, type, person });
  return { status: 204, json: {} };
}
