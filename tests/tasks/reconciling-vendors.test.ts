import { afterEach, expect, test } from 'vitest';
import { resetClock, startClockAt } from '../../src/base/clock.ts';
import { loadConnectors } from '../../src/connectors/registry.ts';
import { configureConnections } from '../../src/flow/collect/connection.ts';
import { listReconciliations } from '../../src/flow/collect/reconciliations.sql.ts';
import { createSource } from '../../src/flow/collect/sources.ts';
import { syncSource } from '../../src/flow/collect/sync.ts';
import { carry } from '../../src/tasks/pipeline.ts';
import { reconcileSource } from '../../src/tasks/reconciling.ts';
import { createWorkspace } from '../setup/cast.ts';
import { createTestDatabase } from '../setup/database.ts';
import { startBrevoServer } from '../vendors/brevo.ts';
import { startGhostServer } from '../vendors/ghost.ts';
import { startKlaviyoServer } from '../vendors/klaviyo.ts';
import { startMailchimpServer } from '../vendors/mailchimp.ts';
import { startStripeServer } from '../vendors/stripe.ts';
import { startWooServer } from '../vendors/woocommerce.ts';

const { database } = await createTestDatabase();
await loadConnectors();
afterEach(resetClock);

type Server = { host: string; settings: object; close: () => Promise<void> };
const VENDORS: [string, string, () => Promise<Server>][] = [
  ['woocommerce', '2026-10-03T00:00:00Z', () => startWooServer()],
  ['stripe', '2026-10-03T00:00:00Z', () => startStripeServer()],
  ['ghost', '2026-10-03T00:00:00Z', () => startGhostServer()],
  ['klaviyo', '2026-10-03T00:00:00Z', () => startKlaviyoServer()],
  ['mailchimp', '2026-10-03T00:00:00Z', () => startMailchimpServer()],
  ['brevo', '2026-10-03T00:00:00Z', () => startBrevoServer()],
];

test.each(VENDORS)(
  'what %s counts is what is here once everything was read',
  async (connector, at, start) => {
    startClockAt(new Date(at));
    const server = await start();
    configureConnections({ allow: [server.host], tries: 1 });
    const workspace = await createWorkspace(database, { settings: { reconciliationDays: 90 } });
    const wish = { workspace, connector, name: connector, settings: { ...server.settings } };
    const { source } = await createSource(database.db, wish);
    startClockAt(new Date('2026-11-20T12:00:00Z'));
    const run = await syncSource(database, workspace.id, source.id, { trigger: 'manual' });
    expect(run).toMatchObject({ status: 'succeeded' });
    await carry(database, workspace.id);
    const { lines } = await reconcileSource(database, workspace.id, source.id);
    const owner = { workspaceId: workspace.id, sourceId: source.id };
    const found = await listReconciliations(database.db, owner, '2026-01-01');
    await server.close();
    expect(lines).toBeGreaterThan(0);
    expect(found.filter(({ state }) => state !== 'equal')).toEqual([]);
  },
);
