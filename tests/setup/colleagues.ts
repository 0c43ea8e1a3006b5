import type { Database } from '../../src/db/pool.ts';
import type { Role } from '../../src/staff/roles.ts';
import { createUser } from '../../src/staff/users.ts';
import { createWorkspace } from '../../src/staff/workspaces.ts';

export const PASSWORD = 'a kettle sings at seven';

export type Cast = { workspaceId: string; otherId: string; ids: Record<Role | 'other', string> };
export const EMAILS = {
  viewer: 'vera@ada.example',
  marketer: 'mona@ada.example',
  admin: 'ada@ada.example',
  other: 'otto@other.example',
};

/** Ada's Tea with a colleague of each role, and a business beside it with an admin of its own. */
export async function createCast(database: Database): Promise<Cast> {
  const fields = { timezone: 'Europe/Berlin', currency: 'EUR', kind: 'shop' as const };
  const { id: workspaceId } = await createWorkspace(database, { ...fields, name: "Ada's Tea" });
  const { id: otherId } = await createWorkspace(database, { ...fields, name: "Otto's Boats" });
  const [viewer, marketer, admin, other] = await Promise.all([
    createUser(database, {
      email: EMAILS.viewer,
      name: 'Vera Reads',
      password: PASSWORD,
      workspaceId,
      role: 'viewer',
    }),
    createUser(database, {
      email: EMAILS.marketer,
      name: 'Mona Writes',
      password: PASSWORD,
      workspaceId,
      role: 'marketer',
    }),
    createUser(database, {
      email: EMAILS.admin,
      name: 'Ada Tea',
      password: PASSWORD,
      workspaceId,
      role: 'admin',
    }),
    createUser(database, {
      email: EMAILS.other,
      name: 'Otto Boat',
      password: PASSWORD,
      workspaceId: otherId,
      role: 'admin',
    }),
  ]);
  return {
    workspaceId,
    otherId,
    ids: { viewer: viewer.id, marketer: marketer.id, admin: admin.id, other: other.id },
  };
}
