import type { Db } from './pool.ts';

/** Sealed texts that stand in one row, by field. */
export type SealedRow = { id: string; texts: Record<string, string> };

/** The same texts, sealed again: `fresh` is written only where `old` still stands. */
export type FreshRow = { id: string; old: Record<string, string>; fresh: Record<string, string> };

/**
 * A column that holds sealed texts, declared by the room that owns it. Lists what was sealed with another key than
 * `mark` tells, in the order of ids; `replace` leaves a row alone that has changed meanwhile, and answers the ids
 * of the others. Of an installation's own rows the workspace is nobody's.
 */
export type SealedPlace = {
  table: string;
  column: string;
  of: 'workspace' | 'installation';
  list: (
    db: Db,
    wish: { workspaceId: string; mark: string; after: string; limit: number },
  ) => Promise<SealedRow[]>;
  replace: (db: Db, workspaceId: string, rows: FreshRow[]) => Promise<string[]>;
  contextOf: (row: { workspaceId: string; id: string; field: string }) => string;
};
