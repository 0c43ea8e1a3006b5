import { afterAll, afterEach } from 'vitest';
import { addConnector, loadConnectors } from '../../src/connectors/registry.ts';
import { configureConnections } from '../../src/flow/collect/connection.ts';
import { createSource, type Source } from '../../src/flow/collect/sources.ts';
import { growRecords, type Orchard, orchardConnector, startOrchard } from '../vendors/orchard.ts';
import { openPages, type Pages } from './pages-cast.ts';

/** What is nowhere to be seen. */
export const SECRET = 'canary-secret-7f3a-c0ffee';

export type Sources = Pages & {
  orchard: Orchard;
  /** Connects the orchard, to Ada's Tea unless another business is named. */
  makeSource: (wish?: { name?: string; workspaceId?: string }) => Promise<Source>;
};

/** The pages beside a vendor of thirty apples, which behaves again after each test. */
export async function openSources(): Promise<Sources> {
  await loadConnectors();
  addConnector(orchardConnector as never);
  const orchard = await startOrchard(growRecords(30));
  afterAll(async () => await orchard.close());
  afterEach(() => {
    orchard.misbehave = () => false;
  });
  configureConnections({ allow: [orchard.host], tries: 1 });
  const pages = await openPages();
  const { databases, cast } = pages;
  const settings = { baseUrl: orchard.url, apiKey: SECRET };
  const makeSource = async ({ name = 'Our orchard', workspaceId = cast.workspaceId } = {}) => {
    const wish = { workspace: { id: workspaceId }, connector: 'orchard', name, settings };
    return (await createSource(databases.database.db, wish)).source;
  };
  return { ...pages, orchard, makeSource };
}
