/** An audience is a topic. Its id stays when it is renamed. */
export function topicOf(audienceId: string): string {
  return `mailchimp-${audienceId}`;
}
