import type { Person } from '../rules/person.ts';
import { printMillionths } from '../rules/values.ts';
import { more } from './event.ts';
import type { Remedy } from './remedy.ts';

const ONE = 1_000_000n;

/** One order, or one refund, that brings net revenue or the average order to where it is asked for. */
export function moneyRemedies(
  fact: 'net_revenue' | 'average_order',
  targets: bigint[],
  { facts }: Person,
): Remedy[] {
  const known = (name: string) => (typeof facts[name] === 'bigint' ? facts[name] : 0n);
  const [net, orders] = [known('net_revenue'), known('orders') / ONE];
  const netAt = (target: bigint, count: bigint) => (fact === 'average_order' ? target * count : target);
  return [
    ...inSteps(
      targets.map((target) => netAt(target, orders + 1n) - net),
      'order_placed',
    ),
    ...inSteps(
      targets.map((target) => net - netAt(target, orders)),
      'order_refunded',
    ),
  ];
}

/** The smallest amount first. */
function inSteps(amounts: bigint[], name: string): Remedy[] {
  return amounts
    .filter((value) => value >= 0n)
    .sort((a, b) => (a < b ? -1 : 1))
    .map((value) =>
      more(
        { type: 'event', name, times: 1, value, properties: {} },
        1,
        ` with value of ${printMillionths(value)}`,
      ),
    );
}
