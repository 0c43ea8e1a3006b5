import { existsSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { z } from 'zod';
import type { Connector } from './contract.ts';

const connectors = new Map<string, Connector>();
const HERE = new URL('.', import.meta.url);
/** What lies in this folder and is no connector. */
const NOT_CONNECTORS = new Set(['audience.ts', 'contract.ts', 'registry.ts', 'README.md']);

/** Outside a connector its settings have no type: they are what its own schema let pass. */
const connectorModule = z.object({
  default: z.custom<Connector>((value) => looksLikeConnector(value), 'must be a connector (see contract.ts)'),
});

/** Finds the connectors by their lying in this folder: `rss.ts`, or `mailchimp/mailchimp.ts`. Called at the start. */
export async function loadConnectors(): Promise<Connector[]> {
  const files = await listConnectorFiles();
  const modules = await Promise.all(files.map((file) => import(file.href)));
  for (const loaded of modules) {
    addConnector(connectorModule.parse(loaded).default);
  }
  return listConnectors();
}

/** One that does not lie here: a test's own. */
export function addConnector(connector: Connector): void {
  connectors.set(connector.key, connector);
}

/** By name. */
export function listConnectors(): Connector[] {
  return [...connectors.values()].sort((a, b) => a.name.localeCompare(b.name));
}

export function findConnector(key: string): Connector | null {
  return connectors.get(key) ?? null;
}

async function listConnectorFiles(): Promise<URL[]> {
  const entries = await readdir(HERE, { withFileTypes: true });
  return entries
    .filter((entry) => !NOT_CONNECTORS.has(entry.name))
    .map((entry) => new URL(entry.isDirectory() ? `${entry.name}/${entry.name}.ts` : entry.name, HERE))
    .filter((file) => existsSync(file));
}

function looksLikeConnector(value: unknown): boolean {
  return z
    .object({ key: z.string(), settings: z.instanceof(z.ZodObject), map: z.function() })
    .safeParse(value).success;
}
