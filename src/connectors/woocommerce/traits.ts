import { withoutUnset } from '../reading/answers.ts';
import type { Address } from './rows.ts';

/** What an address says of the person it is of. */
export function addressTraits(given: Address): Record<string, unknown> {
  return withoutUnset({
    phone: given.phone,
    company: given.company,
    city: given.city,
    postalCode: given.postcode,
    country: given.country,
  });
}

export function nameOf(firstName: string | undefined, lastName: string | undefined): string {
  return [firstName, lastName].filter(Boolean).join(' ');
}
