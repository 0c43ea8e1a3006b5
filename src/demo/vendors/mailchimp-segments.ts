import type { MailchimpAccount, McTag } from './mailchimp.ts';
import { page, problem } from './mailchimp.ts';
import type { VendorAnswer, VendorRequest } from './wire.ts';

const MAX_MEMBERS = 500;

/** Static segments, which Mailchimp shows as tags: listed, made, and changed by adding and removing members. */
export function mailchimpSegments(
  account: MailchimpAccount,
  listId: string,
  id: string | undefined,
  request: VendorRequest,
): VendorAnswer {
  const tags = account.tags.get(listId) ?? [];
  account.tags.set(listId, tags);
  if (!id && request.method === 'GET') return page('segments', tags.map(show), request.query);
  const body = { ...JSON.parse(request.body) };
  if (!id) return make(tags, String(body.name));
  const tag = tags.find((found) => String(found.id) === id);
  if (!tag) return problem(404, 'Resource Not Found', 'The requested resource could not be found.');
  return change(tag, emailsOf(account, listId), [body.members_to_add ?? [], body.members_to_remove ?? []]);
}

function make(tags: McTag[], name: string): VendorAnswer {
  if (tags.some((tag) => tag.name === name))
    return problem(400, 'Bad Request', 'Sorry, that tag already exists.');
  const tag = { id: 1000 + tags.length, name, members: new Set<string>() };
  tags.push(tag);
  return { status: 200, json: show(tag) };
}

function change(tag: McTag, known: Set<string>, [adds, removes]: [string[], string[]]): VendorAnswer {
  if (adds.length + removes.length > MAX_MEMBERS)
    return problem(400, 'Bad Request', `Only ${MAX_MEMBERS} members at once.`);
  const strangers = [...adds, ...removes].filter((email) => !known.has(email.toLowerCase()));
  const added = adds.filter((email) => known.has(email.toLowerCase()));
  for (const email of added) tag.members.add(email.toLowerCase());
  for (const email of removes) tag.members.delete(email.toLowerCase());
  const error = 'Email is not on the list';
  const errors = strangers.length > 0 ? [{ email_addresses: strangers, error }] : [];
  const told = {
    members_added: [],
    members_removed: [],
    total_added: added.length,
    total_removed: removes.length,
  };
  return { status: 200, json: { ...told, errors, error_count: errors.length } };
}

function show({ id, name, members }: McTag) {
  return { id, name, member_count: members.size, type: 'static' };
}

function emailsOf({ lists }: MailchimpAccount, listId: string): Set<string> {
  const members = lists.find((list) => list.id === listId)?.members;
  const emails = new Set<string>();
  for (let index = 0; index < (members?.size ?? 0); index++)
    emails.add(members!.at(index).email_address.toLowerCase());
  return emails;
}
