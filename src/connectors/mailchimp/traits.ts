import { z } from 'zod';
import { optionalText, withoutUnset } from '../reading/answers.ts';

/** Merge fields every audience has, in our spelling; the others keep the tag they came with. */
const KNOWN: Record<string, string> = {
  FNAME: 'firstName',
  LNAME: 'lastName',
  PHONE: 'phone',
  COMPANY: 'company',
  COUNTRY: 'country',
  CITY: 'city',
};

/** `EMAIL` repeats the address, `INTERESTS` and `GROUPINGS` are not of the person. */
const LEFT_OUT = new Set(['EMAIL', 'INTERESTS', 'GROUPINGS']);

export function traitsOfMergeFields(fields: Record<string, unknown>): Record<string, unknown> {
  const traits: Record<string, unknown> = {};
  for (const [tag, value] of Object.entries(fields)) {
    if (LEFT_OUT.has(tag)) continue;
    if (tag === 'ADDRESS') Object.assign(traits, traitsOfAddress(value));
    else traits[KNOWN[tag] ?? tag] = value;
  }
  return withoutUnset(traits);
}

const address = z.object({ city: optionalText, zip: optionalText, country: optionalText });

function traitsOfAddress(value: unknown): Record<string, unknown> {
  const given = address.safeParse(value).data;
  return given ? withoutUnset({ city: given.city, postalCode: given.zip, country: given.country }) : {};
}
