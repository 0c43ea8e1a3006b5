import { startMailchimpServer } from '../tests/vendors/mailchimp.ts';

/** The vendor of the benchmark, in a process of its own: what it takes is not ours. */
const members = Number(process.argv[2]);
const server = await startMailchimpServer({ members, campaigns: 0, validate: false });
process.send?.({ host: server.host, settings: server.settings });
