import { isSigned, sign } from '../../base/secrets.ts';

/** Whom a link was made for. Bound by the signature: a link opens one decision of one person in one campaign. */
export type LinkOwner = { workspaceId: string; profileId: string; campaignId: string; deliveryId: string };

/** One purpose each, so that the token of a picture cannot unsubscribe anybody. */
export type LinkPurpose = 'unsubscribe' | 'open' | 'click';

const ID_BYTES = 16;
const IDS = 4;

/** The token of a link: four ids, for a click the target too, and a signature of 256 bits. */
export function makeToken(purpose: LinkPurpose, owner: LinkOwner, target = ''): string {
  const ids = [owner.workspaceId, owner.profileId, owner.campaignId, owner.deliveryId];
  const head = Buffer.concat(ids.map((id) => Buffer.from(id.replaceAll('-', ''), 'hex')));
  const body = Buffer.concat([head, Buffer.from(target)]).toString('base64url');
  return `${body}.${sign(`link/${purpose}`, body)}`;
}

/** What a token says, or null for one that we did not make for this purpose. */
export function readToken(purpose: LinkPurpose, token: string): (LinkOwner & { target: string }) | null {
  const [body = '', signature = '', ...rest] = token.split('.');
  if (rest.length > 0 || !isSigned(`link/${purpose}`, body, signature)) return null;
  const bytes = Buffer.from(body, 'base64url');
  if (bytes.length < ID_BYTES * IDS) return null;
  const [workspaceId, profileId, campaignId, deliveryId] = Array.from({ length: IDS }, (_, index) =>
    toUuid(bytes.subarray(index * ID_BYTES, (index + 1) * ID_BYTES)),
  );
  const target = bytes.subarray(ID_BYTES * IDS).toString();
  return {
    workspaceId: workspaceId!,
    profileId: profileId!,
    campaignId: campaignId!,
    deliveryId: deliveryId!,
    target,
  };
}

/** Where a click may lead: out to the web and nowhere else. */
export function isWebTarget(target: string): boolean {
  return URL.canParse(target) && /^https?:$/.test(new URL(target).protocol) && !/[\p{Cc}]/u.test(target);
}

export function unsubscribeUrl(baseUrl: string, owner: LinkOwner): string {
  return `${baseUrl}/unsubscribe/${makeToken('unsubscribe', owner)}`;
}

export function preferencesUrl(baseUrl: string, owner: LinkOwner): string {
  return `${baseUrl}/preferences/${makeToken('unsubscribe', owner)}`;
}

export function openUrl(baseUrl: string, owner: LinkOwner): string {
  return `${baseUrl}/o/${makeToken('open', owner)}`;
}

export function clickUrl(baseUrl: string, owner: LinkOwner, target: string): string {
  return `${baseUrl}/c/${makeToken('click', owner, target)}`;
}

function toUuid(bytes: Buffer): string {
  const hex = bytes.toString('hex');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
}
