/**
 * Production on one machine: `npm run pm2 -- start pm2.config.js`, `npm run pm2 -- reload web`. One process keeps the
 * embedded database, two serve; with DATABASE_URL only those two. The schedule runs in both, each tick once.
 */

/** As `npm start` runs it: a machine with plenty of memory is no reason to take it (bench first-load: 0.75 GB else). */
const node_args = '--max-semi-space-size=16 --heap-growing-percent=50';

const web = {
  name: 'web',
  script: 'src/server.ts',
  node_args,
  args: '--shared-database',
  exec_mode: 'cluster',
  instances: 2,
  wait_ready: true,
  listen_timeout: 40_000,
  kill_timeout: 12_000,
  env: { NODE_ENV: 'production' },
};

const database = {
  name: 'database',
  script: 'src/server.ts',
  node_args,
  args: '--database-only',
  exec_mode: 'fork',
  instances: 1,
  kill_timeout: 30_000,
  env: { NODE_ENV: 'production' },
};

export const apps = process.env.DATABASE_URL ? [web] : [database, web];
