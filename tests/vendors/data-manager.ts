import type { Vendor, VendorAnswer, VendorRequest } from '../../src/demo/vendors/wire.ts';
import { type GoogleServer, googleFault, startGoogle } from './google.ts';
import { loadSpec } from './spec.ts';

type Member = {
  userData: { userIdentifiers: { emailAddress?: string; phoneNumber?: string }[] };
  consent?: { adUserData: string };
};
export type UserList = {
  id: string;
  displayName: string;
  integrationCode: string;
  /** Hashes of each person, and what was said of their consent. */
  members: Map<string, string>;
};
type Job = { id: string; list: UserList; call: string; members: Member[]; asksLeft: number };

export type DataManagerServer = GoogleServer & {
  lists: UserList[];
  jobs: Job[];
  /** How the coming requests end; SUCCESS after them. */
  ends: { requestStatus: string; reason: string; count: string }[];
  settings: {
    serviceAccountKey: string;
    customerId: string;
    acceptsTerms: boolean;
    audienceUrl: string;
    url: string;
  };
};

const ACCOUNT = '1234567890';
const LISTS = `/v1/accountTypes/GOOGLE_ADS/accounts/${ACCOUNT}/userLists`;

/** User lists of one account. Members are taken at once and worked off when the request was asked after. */
export async function startDataManager(): Promise<DataManagerServer> {
  const lists: UserList[] = [];
  const jobs: Job[] = [];
  const ends: DataManagerServer['ends'] = [];
  const vendor: Vendor = (request) => {
    if (request.path === LISTS) return listsOf(lists, request);
    if (request.path === '/v1/requestStatus:retrieve') return statusOf(jobs, ends, request);
    const [, call] = /^\/v1\/audienceMembers:(ingest|remove)$/.exec(request.path) ?? [];
    return call ? take(lists, jobs, call, request) : googleFault(404, 'NOT_FOUND', 'Not found.');
  };
  const spec = await loadSpec('data-manager.json');
  const server = await startGoogle(vendor, { scope: 'https://www.googleapis.com/auth/datamanager', spec });
  const { serviceAccountKey, url } = server;
  const settings = {
    serviceAccountKey,
    customerId: '123-456-7890',
    acceptsTerms: true,
    audienceUrl: url,
    url,
  };
  return { ...server, lists, jobs, ends, settings };
}

function listsOf(lists: UserList[], { method, body }: VendorRequest): VendorAnswer {
  const drawn = ({ id, displayName, integrationCode }: UserList) => ({ id, displayName, integrationCode });
  if (method === 'GET') return { status: 200, json: { userLists: lists.map(drawn) } };
  const { displayName, integrationCode }: UserList = JSON.parse(body);
  const made = {
    id: String(9_876_543_210_000 + lists.length),
    displayName,
    integrationCode,
    members: new Map(),
  };
  lists.push(made);
  return { status: 200, json: drawn(made) };
}

type Given = {
  destinations: { productDestinationId: string; operatingAccount: { accountId: string } }[];
  audienceMembers: Member[];
  termsOfService?: { customerMatchTermsOfServiceStatus: string };
};

function take(lists: UserList[], jobs: Job[], call: string, { body }: VendorRequest): VendorAnswer {
  const given: Given = JSON.parse(body);
  const list = lists.find(({ id }) => id === given.destinations[0]?.productDestinationId);
  if (!list || given.destinations[0]?.operatingAccount.accountId !== ACCOUNT)
    return googleFault(400, 'INVALID_ARGUMENT', 'DESTINATION_NOT_FOUND');
  if (given.audienceMembers.length > 10_000)
    return googleFault(400, 'INVALID_ARGUMENT', 'TOO_MANY_AUDIENCE_MEMBERS');
  if (call === 'ingest' && given.termsOfService?.customerMatchTermsOfServiceStatus !== 'ACCEPTED')
    return googleFault(400, 'INVALID_ARGUMENT', 'TERMS_OF_SERVICE_NOT_SIGNED');
  const id = `request-${jobs.length + 1}`;
  jobs.push({ id, list, call, members: given.audienceMembers, asksLeft: 1 });
  return { status: 200, json: { requestId: id } };
}

function statusOf(jobs: Job[], ends: DataManagerServer['ends'], { query }: VendorRequest): VendorAnswer {
  const job = jobs.find(({ id }) => id === query.get('requestId'));
  if (!job) return googleFault(404, 'NOT_FOUND', 'Request not found.');
  if (job.asksLeft-- > 0) return answer({ requestStatus: 'PROCESSING' });
  const end = ends.shift();
  if (end?.requestStatus !== 'FAILED') for (const member of job.members) apply(job, member);
  if (!end) return answer({ requestStatus: 'SUCCESS' });
  const errorCounts = [{ recordCount: end.count, reason: `PROCESSING_ERROR_REASON_${end.reason}` }];
  return answer({ requestStatus: end.requestStatus, errorInfo: { errorCounts } });
}

function apply({ list, call }: Job, { userData, consent }: Member): void {
  const key = userData.userIdentifiers.map((one) => one.emailAddress ?? one.phoneNumber).join('/');
  if (call === 'ingest') list.members.set(key, consent?.adUserData ?? 'unspecified');
  else list.members.delete(key);
}

function answer(status: object): VendorAnswer {
  return { status: 200, json: { requestStatusPerDestination: [status] } };
}
