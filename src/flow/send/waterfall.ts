import { z } from 'zod';
import type { ReasonCount } from './audience.sql.ts';

/** One step of the audience: how many are left after it, and why the others went. */
export type WaterfallStep = {
  step: string;
  label: string;
  count: number;
  left: { reason: string; count: number }[];
};

const STEPS: { step: string; label: string; reasons: string[] }[] = [
  { step: 'has_address', label: 'has an address', reasons: ['not a person any more', 'no address'] },
  { step: 'consent', label: 'agreed to the topic', reasons: ['unsubscribed', 'no consent'] },
  { step: 'not_suppressed', label: 'not suppressed', reasons: ['suppressed'] },
  { step: 'under_cap', label: 'under the frequency cap', reasons: ['frequency cap'] },
  { step: 'not_in_control_group', label: 'not in the control group', reasons: ['control group'] },
  { step: 'will_receive', label: 'will receive it', reasons: ['same address'] },
];

/** From "in the segment" to "will receive it". The steps add up: nobody is lost without a reason. */
export function toWaterfall(counts: ReasonCount[]): WaterfallStep[] {
  const countOf = (reason: string) => counts.find((row) => row.reason === reason)?.count ?? 0;
  let count = counts.reduce((sum, row) => sum + row.count, 0);
  const steps: WaterfallStep[] = [{ step: 'in_segment', label: 'in the segment', count, left: [] }];
  for (const { step, label, reasons } of STEPS) {
    const left = reasons.map((reason) => ({ reason, count: countOf(reason) })).filter((row) => row.count > 0);
    count -= left.reduce((sum, row) => sum + row.count, 0);
    steps.push({ step, label, count, left });
  }
  return steps;
}

const stored = z.array(
  z.object({
    step: z.string(),
    label: z.string(),
    count: z.number(),
    left: z.array(z.object({ reason: z.string(), count: z.number() })),
  }),
);

/** The steps as a campaign keeps them; none before they were counted. */
export function readSteps(waterfall: unknown): WaterfallStep[] {
  return waterfall === null || waterfall === undefined ? [] : stored.parse(waterfall);
}
