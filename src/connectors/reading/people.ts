import type { GivenIdentifier, MappedRecord } from '../contract.ts';
import { withoutUnset } from './answers.ts';

type Claimed = { value: string; isVerified: boolean };

/** Somebody's account, as systems keep it that people sign in with. */
export type Account = {
  /** The vendor's own id. */
  id: string;
  /** The id by which the business itself calls the person, where that is known. */
  userId: string | undefined;
  email: Claimed | undefined;
  phone: Claimed | undefined;
  traits: Record<string, unknown>;
  createdAt: Date;
  changedAt: Date;
  /** The system, for the signup event. */
  method: string;
};

/**
 * A person and their signup, which is the same event however often the account changes. An address that was not
 * verified is shown but joins nobody: anyone can sign up with the address of another.
 */
export function accountRecords(account: Account): MappedRecord[] {
  const { email, phone } = account;
  const identifiers = identifiersOf(account);
  return [
    {
      type: 'person',
      key: '',
      identifiers,
      traits: withoutUnset({
        ...account.traits,
        email: email?.value,
        emailVerified: email?.isVerified,
        phone: phone?.value,
        createdAt: account.createdAt.toISOString(),
      }),
      changedAt: account.changedAt,
      consents: [],
    },
    {
      type: 'event',
      key: 'signed_up',
      identifiers,
      name: 'signed_up',
      occurredAt: account.createdAt,
      properties: { method: account.method },
    },
  ];
}

function identifiersOf({ id, userId, email, phone }: Account): GivenIdentifier[] {
  const given: GivenIdentifier[] = [{ kind: 'source', value: id }];
  if (userId) given.push({ kind: 'user_id', value: userId });
  if (email?.isVerified) given.push({ kind: 'email', value: email.value });
  if (phone?.isVerified) given.push({ kind: 'phone', value: phone.value });
  return given;
}
