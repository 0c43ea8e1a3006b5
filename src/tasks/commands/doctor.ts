import { z } from 'zod';
import { hasWall } from '../../db/doors.ts';
import { findRunning } from '../../db/embedded/server.ts';
import { describeServer } from '../../db/requirements.ts';
import { command } from '../command.ts';

export const commands = [
  command({
    name: 'doctor',
    about: 'says where the data are, who keeps them, and whether they are well',
    options: z.object({}),
    run: async ({ database, config }) => {
      const server = await describeServer(database.url);
      return {
        databaseUrl: hidePassword(database.url),
        dataDir: config.dataDir,
        pid: config.databaseUrl ? null : (findRunning(config.dataDir)?.pid ?? process.pid),
        version: server.version,
        encoding: server.encoding,
        isWalled: await hasWall(database),
      };
    },
  }),
];

function hidePassword(url: string): string {
  return url.replace(/^([^:]+:\/\/[^:@/]*):[^@/]*@/, '$1:…@');
}
