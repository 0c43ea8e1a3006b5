import type { Workspace } from '../../../db/doors.ts';
import type { PersonRow } from './context.sql.ts';

/** What a message may print besides the person: its own links, and who writes. */
export type Surroundings = {
  workspace: Workspace;
  postalAddress: string;
  unsubscribeUrl: string;
  preferencesUrl: string;
};

/** Spellings of the unsubscribe link that a template may use; the first is the one we teach. */
export const UNSUBSCRIBE_NAMES = ['unsubscribe_url', 'unsubscribeUrl', 'unsubscribe_link', 'unsubscribe'];

/** Columns of facts that are no facts. */
const NO_FACTS = new Set(['workspace_id', 'profile_id', 'updated_at']);

/**
 * The names a template can use: every trait as it is called (`{{ firstName }}`, also `{{ traits.firstName }}`),
 * facts (`{{ facts.orders }}`), the business and the links. Ours win over a trait of the same name.
 */
export function toContext(person: PersonRow, around: Surroundings): Record<string, unknown> {
  const facts = Object.fromEntries(Object.entries(person.facts ?? {}).filter(([key]) => !NO_FACTS.has(key)));
  return {
    ...person.traits,
    name: person.name ?? joinName(person.traits),
    email: person.email,
    traits: person.traits,
    facts,
    business: around.workspace.name,
    postal_address: around.postalAddress,
    preferences_url: around.preferencesUrl,
    ...Object.fromEntries(UNSUBSCRIBE_NAMES.map((name) => [name, around.unsubscribeUrl])),
  };
}

function joinName(traits: Record<string, unknown>): string | null {
  const parts = [traits.firstName, traits.lastName].filter((part) => typeof part === 'string' && part !== '');
  return parts.length > 0 ? parts.join(' ') : null;
}
