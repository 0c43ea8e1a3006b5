import type { z } from 'zod';
import type { Config } from '../base/config.ts';
import type { Database } from '../db/pool.ts';

export type CommandContext = { database: Database; config: Config };

/**
 * Something done from the shell: `npm run cli -- source sync --workspace W`. Lies in `commands/<noun>.ts`, whose
 * `commands` list the front door reads. An option's name is the schema's in kebab case (`asOf` is `--as-of`);
 * values are texts, one without a value is 'true', and `z.boolean()` is a switch.
 */
export type Command = {
  name: string;
  about: string;
  options: z.ZodObject;
  /** Needs no hash and no signature, so that it works although the key of the data is not here. */
  worksLocked?: boolean;
  run: (context: CommandContext, options: Record<string, unknown>) => Promise<Record<string, unknown>>;
};

/** A command whose `run` gets its options typed by its own schema, with which the front door has checked them. */
export function command<Options extends z.ZodObject>(given: {
  name: string;
  about: string;
  options: Options;
  worksLocked?: boolean;
  run: (context: CommandContext, options: z.infer<Options>) => Promise<Record<string, unknown>>;
}): Command {
  return { ...given, run: async (context, options) => await given.run(context, options as z.infer<Options>) };
}
