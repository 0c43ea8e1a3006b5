import { z } from 'zod';
import { moment, optionalText, toMoment } from '../reading/answers.ts';

/** What the streams rely on to page and to name an item; the rest of a row is kept untouched. */
export const postRow = z.looseObject({ id: z.number(), modified_gmt: z.string() });
export const commentRow = z.looseObject({ id: z.number(), date_gmt: z.string(), status: z.string() });
export const userRow = z.looseObject({ id: z.number(), registered_date: z.string() });

/** `*_gmt` times come without a zone. */
export function gmt(text: string): Date {
  return toMoment(text) ?? new Date(0);
}

/** What `map` reads of a stored item. */
export const post = z.object({
  id: z.number(),
  date_gmt: moment,
  status: z.string(),
  type: z.string(),
  link: optionalText,
  title: z.object({ rendered: z.string() }),
});

export const comment = z.object({
  id: z.number(),
  post: z.number(),
  author: z.number(),
  author_name: optionalText,
  author_email: optionalText,
  date_gmt: moment,
  status: z.string(),
  link: optionalText,
});

export const user = z.object({
  id: z.number(),
  name: optionalText,
  first_name: optionalText,
  last_name: optionalText,
  email: optionalText,
  locale: optionalText,
  roles: z.array(z.string()).default([]),
  registered_date: moment,
});
