import path from 'node:path';
import { resolveHost } from '../../base/addresses.ts';
import { now } from '../../base/clock.ts';
import { createHttp, type HttpOptions } from '../../base/http.ts';
import { log } from '../../base/log.ts';
import type { Connector, Context } from '../../connectors/contract.ts';
import type { Workspace } from '../../db/doors.ts';
import type { Database } from '../../db/pool.ts';
import { keepToBudget } from './budget.ts';
import { checkSettings } from './settings.ts';
import { openSettings, type Source } from './sources.ts';
import { renewToken } from './tokens.ts';

/** What the installation allows its connections: set once by a front door. */
let limits: HttpOptions = { allow: [] };
/** Where files for others are laid down, a folder a workspace. */
let exportsDir: string | null = null;

/**
 * `allow` is the setting ALLOW_PRIVATE_HOSTS. Until this is called no private address can be reached, and no file
 * written.
 */
export function configureConnections(options: HttpOptions & { exportsDir?: string }): void {
  ({ exportsDir = null, ...limits } = options);
}

/** The guarded door out for a connection of this workspace. */
export function openHttp(
  workspace: Pick<Workspace, 'isDemo'>,
  connection: { demoPort: number | null },
  options: Pick<HttpOptions, 'noteWait'> = {},
) {
  return createHttp({ ...limits, ...options, allow: allowedFor(workspace, connection) });
}

/** What a connector works with: opened settings, the door out, and its tokens. */
export function openContext(
  database: Database,
  workspace: Pick<Workspace, 'id' | 'isDemo'>,
  source: Source,
): Context<never> {
  return {
    settings: openSettings(source),
    http: keepToBudget(database, source, (options) => openHttp(workspace, source, options)),
    reach: (host, port) => resolveHost(host, port, allowedFor(workspace, source)),
    clock: now,
    log: log.child({ source: source.id, connector: source.connector }),
    folder: folderOf(workspace),
    token: (name, renew) => renewToken(database, source, name, renew),
  };
}

/** The same for settings that are only being tried: nothing of it is stored, tokens included. */
export function openDraftContext(
  workspace: Pick<Workspace, 'id' | 'isDemo'>,
  connector: Connector,
  given: Record<string, unknown>,
): Context<never> {
  return {
    settings: checkSettings(connector.settings, given) as never,
    http: openHttp(workspace, { demoPort: null }),
    reach: (host, port) => resolveHost(host, port, allowedFor(workspace, { demoPort: null })),
    clock: now,
    log: log.child({ connector: connector.key }),
    folder: folderOf(workspace),
    token: async (_name, renew) => (await renew()).value,
  };
}

/** The id is the database's own: nothing in the path was ever typed by somebody. */
function folderOf({ id }: Pick<Workspace, 'id'>): string | null {
  return exportsDir === null ? null : path.join(exportsDir, id);
}

function allowedFor(workspace: Pick<Workspace, 'isDemo'>, connection: { demoPort: number | null }): string[] {
  return [...limits.allow, ...demoHosts(workspace, connection)];
}

/** A source of the demo workspace may reach exactly the loopback port its demo server listens on. */
function demoHosts(workspace: Pick<Workspace, 'isDemo'>, connection: { demoPort: number | null }): string[] {
  return workspace.isDemo && connection.demoPort ? [`127.0.0.1:${connection.demoPort}`] : [];
}
