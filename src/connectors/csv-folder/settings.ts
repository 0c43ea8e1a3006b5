import { z } from 'zod';

const MOST_COLUMNS = 30;
const NAME = /^[\p{L}\p{N}_.-]{1,60}$/u;

export const settings = z.object({
  traits: z
    .string()
    .trim()
    .refine(
      (text) => columnsOf(text).every((name) => NAME.test(name)),
      'Name traits as they are called here.',
    )
    .refine((text) => columnsOf(text).length <= MOST_COLUMNS, `At most ${MOST_COLUMNS} columns.`)
    .optional()
    .meta({
      title: 'Further columns',
      help: 'Names of traits, with commas between them. Person, address, phone and name are always there.',
      placeholder: 'country, plan',
    }),
});

export type CsvFolderSettings = z.infer<typeof settings>;

export function columnsOf(text: string | undefined): string[] {
  return (text ?? '').split(/[\s,]+/).filter((name) => name !== '');
}
