import type { GivenIdentifier } from '../contract.ts';

/** A newsletter is a topic; its id stays when it is renamed. */
export function topicOf(newsletterId: string): string {
  return `ghost-${newsletterId}`;
}

export function identifiersOf(given: { id: string; email?: string | undefined }): GivenIdentifier[] {
  const identifiers: GivenIdentifier[] = [{ kind: 'source', value: given.id }];
  if (given.email) identifiers.push({ kind: 'email', value: given.email });
  return identifiers;
}
