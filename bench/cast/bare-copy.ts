import { randomUUID } from 'node:crypto';
import { Readable } from 'node:stream';
import { pipeline as flow } from 'node:stream/promises';
import type pg from 'pg';
import { from as copyFrom } from 'pg-copy-streams';
import { request } from 'undici';
import { z } from 'zod';

export type MailchimpAccess = { url: string; apiKey: string; audience: string };

const PAGE = 1_000;
const COLUMNS = 'workspace_id, id, subject, source_id, stream, external_id, version, payload, received_at';
const pageShape = z.object({
  members: z.array(z.looseObject({ id: z.string(), last_changed: z.string() })),
  total_items: z.number(),
});

/**
 * What a script would do that somebody wrote for the one purpose: the same pages, copied into a table with the same
 * indexes while the next ones come. No ids to know an item again by, no queue, no cursor; one transaction.
 */
export async function copyBare(client: pg.Client, access: MailchimpAccess): Promise<number> {
  const copy = client.query(copyFrom(`copy bare (${COLUMNS}) from stdin`));
  await flow(Readable.from(copyLines(access)), copy);
  return copy.rowCount;
}

async function* copyLines(access: MailchimpAccess): AsyncGenerator<string> {
  const [workspace, source] = [randomUUID(), randomUUID()];
  const at = new Date().toISOString();
  for (let offset = 0, total = 1; offset < total; offset += PAGE) {
    const { members, total_items } = await fetchPage(access, offset);
    total = total_items;
    const lines = members.map((member) => {
      const payload = JSON.stringify(member).replaceAll('\\', '\\\\');
      const ids = [workspace, randomUUID(), randomUUID(), source];
      return [...ids, 'members', member.id, member.last_changed, payload, at].join('\t');
    });
    yield `${lines.join('\n')}\n`;
  }
}

async function fetchPage({ url, apiKey, audience }: MailchimpAccess, offset: number) {
  const authorization = `Basic ${Buffer.from(`bench:${apiKey}`).toString('base64')}`;
  const query = `count=${PAGE}&offset=${offset}&sort_field=last_changed&sort_dir=ASC`;
  const answer = await request(`${url}/3.0/lists/${audience}/members?${query}`, {
    headers: { authorization },
  });
  if (answer.statusCode !== 200) throw new Error(`The vendor answered ${answer.statusCode}.`);
  return pageShape.parse(await answer.body.json());
}
