import { randomUUID } from 'node:crypto';
import { ConnectorError } from '../../base/errors.ts';
import type { PushBatch, PushOutcome, PushPerson } from '../audience.ts';
import { type Context, defineConnector } from '../contract.ts';
import { parts, refuse } from '../reading/audiences.ts';
import { send } from './send.ts';
import { settings, type WebhookOutSettings } from './settings.ts';

type Ctx = Context<WebhookOutSettings>;
type Sending = { person: PushPerson; type: 'segment.entered' | 'segment.left' };

/** How many messages are on their way at a time. */
const LANES = 4;

export default defineConnector<WebhookOutSettings>({
  key: 'webhook-out',
  name: 'Webhook to your system',
  category: 'web',
  summary: 'A signed message to an address of yours for each person who enters or leaves a segment.',
  settings,
  // It only takes.
  streams: [],
  map: () => [],
  audience: {
    summary: 'A signed message to an address of yours for each person who enters or leaves.',
    noun: 'webhook',
    needs: 'nothing',
    entry: 'person',
    // Noted after each hundred, so that little is sent twice when something breaks off.
    batch: 100,
  },
  push,
  check,
});

async function check(ctx: Ctx): Promise<string> {
  await send(ctx, `test_${randomUUID()}`, { type: 'segments.test', data: {} });
  return 'The receiver took a signed test message.';
}

/**
 * One message a person. A fault that strikes everyone ends the push; one that strikes somebody among others is
 * theirs, and tried again later.
 */
async function push(ctx: Ctx, batch: PushBatch): Promise<PushOutcome[]> {
  const sendings: Sending[] = [
    ...batch.removes.map((person) => ({ person, type: 'segment.left' as const })),
    ...batch.adds.map((person) => ({ person, type: 'segment.entered' as const })),
  ];
  const outcomes: PushOutcome[] = [];
  const faults: ConnectorError[] = [];
  for (const some of parts(sendings, LANES)) {
    outcomes.push(...(await Promise.all(some.map((one) => tell(ctx, batch, one, faults)))));
    if (faults.length === outcomes.length && faults[0]) throw faults[0];
  }
  return outcomes;
}

async function tell(
  ctx: Ctx,
  { audience, audienceKey }: PushBatch,
  { person, type }: Sending,
  faults: ConnectorError[],
): Promise<PushOutcome> {
  const { profileId: id, email, phone, traits, changeId } = person;
  const segment = { name: audience, destination: audienceKey };
  const data = {
    segment,
    person: type === 'segment.left' ? { id, email, phone } : { id, email, phone, traits },
  };
  try {
    await send(ctx, changeId, { type, data });
    return { profileId: id, outcome: 'done' };
  } catch (error) {
    if (!(error instanceof ConnectorError) || error.needsReconnect) throw error;
    faults.push(error);
    return refuse(person, error.message);
  }
}
