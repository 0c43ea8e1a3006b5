/** A list is a topic. Its id stays when it is renamed. */
export function topicOf(listId: number): string {
  return `brevo-${listId}`;
}
