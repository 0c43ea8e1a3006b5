import { z } from 'zod';
import { hasWall } from '../../db/doors.ts';
import { findRunning } from '../../db/embedded/server.ts';
import { describeServer } from '../../db/requirements.ts';
import { command } from '../command.ts';
import { countAll, readSealedState } from '../sealed-state.ts';

export const commands = [
  command({
    name: 'doctor',
    about: 'says where the data are, who keeps them, and whether they are well',
    options: z.object({}),
    worksLocked: true,
    run: async ({ database, config }) => {
      const server = await describeServer(database.url);
      const { previous, lost } = await readSealedState(database);
      return {
        databaseUrl: hidePassword(database.url),
        dataDir: config.dataDir,
        pid: config.databaseUrl ? null : (findRunning(config.dataDir)?.pid ?? process.pid),
        version: server.version,
        encoding: server.encoding,
        isWalled: await hasWall(database),
        sealedWithPreviousKey: previous,
        sealedWithUnknownKey: countAll(lost),
      };
    },
  }),
];

function hidePassword(url: string): string {
  return url.replace(/^([^:]+:\/\/[^:@/]*):[^@/]*@/, '$1:…@');
}
