import { keyedHash } from '../../base/secrets.ts';
import { matchAddress } from '../identify/normalise.ts';

/**
 * What two spellings of one mailbox have in common (case, dots, plus, national letters), as a hash that only this
 * installation can make. Null for what is no address. The workspace is part of it: hashes of two businesses
 * cannot be laid side by side.
 */
export function addressKey(workspaceId: string, given: string): string | null {
  const form = matchAddress(given);
  return form === null ? null : keyedHash('address', `${workspaceId}/${form}`);
}
