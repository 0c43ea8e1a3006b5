import { z } from 'zod';
import type { Config } from '../../base/config.ts';
import { findKeyAside } from '../../base/installation-key.ts';
import { listKeys, nameKey } from '../../base/secrets.ts';
import { withPlatform } from '../../db/doors.ts';
import type { Database } from '../../db/pool.ts';
import { writeAudit } from '../../staff/audit.ts';
import { command } from '../command.ts';
import { type Rotation, rotateSecrets } from '../resealing.ts';
import { countAll, readSealedState } from '../sealed-state.ts';
import { abandonRoot } from '../unlocking.ts';

export const commands = [
  command({
    name: 'secrets show',
    about: 'names the keys that are here, and says what is still sealed with another than the one in use',
    options: z.object({}),
    worksLocked: true,
    run: async ({ database, config }) => {
      const [key, ...previousKeys] = listKeys().map(nameKey);
      const { previous, unnamed, lost } = await readSealedState(database);
      const keptAside = config.secretKey ? null : (findKeyAside(config)?.file ?? null);
      return { key, previousKeys, sealedWithPrevious: previous, unnamed, lost, keptAside };
    },
  }),
  command({
    name: 'secrets rotate',
    about:
      'seals every stored secret with SECRET_KEY, opening it with SECRET_KEY_PREVIOUS; makes a new key where it lies in DATA_DIR',
    options: z.object({ leaveLost: z.boolean().default(false) }),
    run: async ({ database, config }, options) => {
      const rotation = await rotateSecrets(database, config, options);
      await note(database, 'secrets.rotated', { key: rotation.key, resealed: rotation.resealed });
      const mayDropPrevious = rotation.left === 0 && rotation.keptAside === null;
      return { ...rotation, mayDropPrevious, message: describe(rotation, config) };
    },
  }),
  command({
    name: 'secrets abandon',
    about:
      'gives up what a key sealed that is lost for good: links in messages already sent stop working, credentials have to be entered again',
    options: z.object({ forGood: z.boolean().refine((value) => value, 'must be said') }),
    worksLocked: true,
    run: async ({ database }) => {
      await abandonRoot(database);
      const { lost } = await readSealedState(database);
      await note(database, 'secrets.abandoned', { lost: countAll(lost) });
      return {
        lost,
        message:
          `The product starts with the key that is here. ${countAll(lost)} sealed values do not open: enter the ` +
          'credentials of these sources again. People erased before are not recognised any more when a source sends them again, ' +
          'nor are the hashes of suppressed addresses.',
      };
    },
  }),
];

function describe({ left, lost, keptAside }: Rotation, config: Config): string {
  if (left > 0)
    return `${left} values were sealed with the previous key meanwhile: a process still runs with it alone. Start it with both keys and run this again. Keep the previous key.`;
  if (keptAside)
    return `The new key is in use, also in a running product. The one before stays in ${keptAside} for an hour, for work that was under way: then run this again, which removes it. Keep a copy as long as you keep backups made with it.`;
  if (config.secretKey && !config.previousSecretKey)
    return 'Everything is sealed with SECRET_KEY. To change it, start with the new one as SECRET_KEY and this one as SECRET_KEY_PREVIOUS, then run this again.';
  const other = lost.length > 0 ? ' What opens with no key was left as it is.' : '';
  return `Nothing is sealed with the previous key any more: it may be dropped once every process runs with the new one. Keep a copy as long as you keep backups made with it.${other}`;
}

/** Of the installation, so of no workspace. */
async function note(database: Database, action: string, details: Record<string, unknown>): Promise<void> {
  const entry = { workspaceId: null, userId: null, action, details: { ...details, by: 'command' } };
  await withPlatform(database, async (db) => await writeAudit(db, entry));
}
