import { customType, numeric, timestamp, uuid } from 'drizzle-orm/pg-core';

/** The columns every table spells the same way. */
export const at = (name: string) => timestamp(name, { withTimezone: true, mode: 'date' });
export const workspaceId = () => uuid('workspace_id').notNull();
export const profileId = () => uuid('profile_id').notNull();
/** Exact money or measure: text in TypeScript, never a float. */
export const amount = (name: string) => numeric(name);
export const bytes = customType<{ data: Buffer }>({ dataType: () => 'bytea' });
