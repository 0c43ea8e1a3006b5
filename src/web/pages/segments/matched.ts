import { z } from 'zod';
import type { Matched } from '../../../flow/segment/lists.ts';
import type { Segment } from '../../../flow/segment/segments.ts';
import type { PageAnswer } from '../../answers.ts';
import { writeCsv } from '../../csv.ts';
import { formatNumber, plural } from '../../models/format.ts';
import { page } from '../../page.ts';

/** Rows shown on the page, and rows that are handed on to the file. */
const SHOWN = 50;
const HANDED_ON = 10_000;

/** Back to the segment; or first the rows that name nobody. They are shown once and kept nowhere. */
export function answerMatched(segment: Segment, { unmatched, rows }: Matched, said: string): PageAnswer {
  const href = `/segments/${encodeURIComponent(segment.key)}/by-hand`;
  if (unmatched.length === 0) return { redirect: href, flash: said };
  return {
    view: 'segments/matched',
    title: 'Rows that name nobody',
    crumbs: [
      { label: 'Segments', href: '/segments' },
      { label: segment.name, href },
      { label: 'Rows that name nobody' },
    ],
    model: {
      href,
      said,
      count: `${formatNumber(unmatched.length)} of ${formatNumber(rows)}`,
      rows: unmatched.slice(0, SHOWN),
      more: unmatched.length > SHOWN ? formatNumber(unmatched.length - SHOWN) : null,
      handedOn: JSON.stringify(unmatched.slice(0, HANDED_ON).map(({ line, text }) => [line, text])),
    },
  };
}

/** What became of the other rows, so that they add up to the file. */
export function restWords({ repeated, empty, unmatched }: Matched): string {
  const parts = [
    repeated > 0 ? `${plural(repeated, 'row')} named somebody again` : '',
    unmatched.length > 0 ? `${plural(unmatched.length, 'row')} named nobody` : '',
    empty > 0 ? `${plural(empty, 'more row')} held nothing` : '',
  ].filter(Boolean);
  return parts.length > 0 ? ` (${parts.join(', ')})` : '';
}

const row = z.tuple([z.number().int(), z.string().max(1_000_000)]);

/** What the page before handed on, as a file. */
export const downloadUnmatched = page({
  body: z.strictObject({
    rows: z.string().transform((text, context) => {
      const parsed = z.array(row).max(HANDED_ON).safeParse(readJson(text));
      if (!parsed.success) context.addIssue({ code: 'custom', message: 'These are not rows of a list.' });
      return parsed.data ?? [];
    }),
  }),
  handle: ({ body }) => ({
    download: {
      name: 'rows-that-name-nobody.csv',
      contentType: 'text/csv; charset=utf-8',
      body: writeCsv(['line', 'value'], body.rows),
    },
  }),
});

function readJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
