import { z } from 'zod';
import { ConnectorError } from '../../base/errors.ts';
import type { Audience, PushBatch, PushOutcome, PushPerson } from '../audience.ts';
import type { Context } from '../contract.ts';
import { done, refuse, refuseToRemake } from '../reading/audiences.ts';
import { googleEmail, sha256Hex } from '../reading/hashing.ts';
import { askDataManager } from './data-manager.ts';
import type { GoogleAdsSettings } from './settings.ts';

type Ctx = Context<GoogleAdsSettings>;

export const audience: Audience = {
  summary:
    'The people of a segment become a Customer Match list for ads on Google. Addresses and phone numbers leave here hashed only.',
  noun: 'Customer Match list',
  needs: 'email or phone',
  entry: 'address',
  // The most Google takes in one request.
  batch: 10_000,
  isForAds: true,
  minimum: {
    people: 100,
    advice:
      'Google shows ads to a list only when 100 of its people were active in the last 30 days; until the segment grows, this one cannot be used.',
  },
};

const userList = z.looseObject({ id: z.string(), integrationCode: z.string().optional() });
const listPage = z.object({ userLists: z.array(userList).default([]), nextPageToken: z.string().optional() });
const accepted = z.object({ requestId: z.string() });
/** The longest Google keeps somebody on a list. */
const LONGEST = `${540 * 24 * 60 * 60}s`;

/** Google works it off in its own time; the ticket is its request. */
export async function push(ctx: Ctx, batch: PushBatch): Promise<PushOutcome[]> {
  if (!ctx.settings.acceptsTerms)
    throw new ConnectorError(
      'Google takes audiences only from who has accepted its Customer Match terms. Say so in the settings of the account, then push again.',
      { retryable: false },
    );
  const list = (await findList(ctx, batch.audienceKey)) ?? (await makeList(ctx, batch));
  if (list === null) return done(batch.removes);
  return [
    ...(await tell(ctx, { list, call: 'remove', people: batch.removes })),
    ...(await tell(ctx, { list, call: 'ingest', people: batch.adds })),
  ];
}

/** Known by our own key, whatever it is called there. */
async function findList(ctx: Ctx, key: string): Promise<string | null> {
  let pageToken: string | undefined;
  do {
    const query = { pageSize: '100', ...(pageToken ? { pageToken } : {}) };
    const page = await askDataManager(ctx, { path: listsOf(ctx), query }, listPage);
    const known = page.userLists.find((list) => list.integrationCode === key);
    if (known) return known.id;
    pageToken = page.nextPageToken || undefined;
  } while (pageToken);
  return null;
}

async function makeList(ctx: Ctx, batch: PushBatch): Promise<string | null> {
  if (batch.adds.length === 0) return null;
  refuseToRemake(batch, 'list', 'Google');
  const json = {
    displayName: batch.audience,
    description: 'Kept up to date by Segments.',
    integrationCode: batch.audienceKey,
    membershipStatus: 'OPEN',
    membershipDuration: LONGEST,
    ingestedUserListInfo: {
      uploadKeyTypes: ['CONTACT_ID'],
      contactIdInfo: { dataSourceType: 'DATA_SOURCE_TYPE_FIRST_PARTY' },
    },
  };
  return (await askDataManager(ctx, { path: listsOf(ctx), json }, userList)).id;
}

async function tell(
  ctx: Ctx,
  { list, call, people }: { list: string; call: 'ingest' | 'remove'; people: PushPerson[] },
): Promise<PushOutcome[]> {
  const nameless = people.filter((person) => !person.email && !person.phone);
  const known = people.filter((person) => person.email || person.phone);
  const refused = nameless.map((person) =>
    refuse(person, 'There is no e-mail address and no phone number with country code.'),
  );
  if (known.length === 0) return refused;
  const isIngest = call === 'ingest';
  const json = {
    destinations: [destinationOf(ctx, list)],
    audienceMembers: known.map((person) => toMember(person, isIngest)),
    encoding: 'HEX',
    ...(isIngest ? { termsOfService: { customerMatchTermsOfServiceStatus: 'ACCEPTED' } } : {}),
  };
  const { requestId } = await askDataManager(ctx, { path: `audienceMembers:${call}`, json }, accepted);
  return [
    ...refused,
    ...known.map(({ profileId }) => ({ profileId, outcome: 'waiting' as const, ticket: requestId })),
  ];
}

function destinationOf({ settings: { customerId, managerId } }: Ctx, list: string) {
  const account = (accountId: string) => ({ accountType: 'GOOGLE_ADS', accountId });
  return {
    operatingAccount: account(customerId),
    ...(managerId ? { loginAccount: account(managerId) } : {}),
    productDestinationId: list,
  };
}

/** Only who said yes is sent as having said so; Google leaves out the rest where the law asks for it. */
function toMember({ email, phone, hasAdsConsent }: PushPerson, isIngest: boolean) {
  const userIdentifiers = [
    ...(email ? [{ emailAddress: sha256Hex(googleEmail(email)) }] : []),
    ...(phone ? [{ phoneNumber: sha256Hex(phone) }] : []),
  ];
  const granted = { adUserData: 'CONSENT_GRANTED', adPersonalization: 'CONSENT_GRANTED' };
  return { userData: { userIdentifiers }, ...(isIngest && hasAdsConsent ? { consent: granted } : {}) };
}

function listsOf({ settings }: Ctx): string {
  return `accountTypes/GOOGLE_ADS/accounts/${settings.customerId}/userLists`;
}
