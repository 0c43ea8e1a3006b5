/** Names of the folded parts of a form: what most people can leave as it is, or come back to. */
export const BY_WEBHOOK = 'Changes at once, by webhook (can wait until it is connected)';
export const ADVANCED = 'Advanced';
