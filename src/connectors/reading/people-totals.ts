import type { VendorTotal } from '../contract.ts';
import { daysBetween } from './orders.ts';

const DAY_MS = 86_400_000;

/** For vendors that count whoever was made in a slice of time: asked day by day. */
export async function countPeopleByDay(
  stream: string,
  { from, to }: { from: Date; to: Date },
  count: (from: Date, to: Date) => Promise<number>,
): Promise<VendorTotal[]> {
  const figures: VendorTotal[] = [];
  for (const day of daysBetween(from, to)) {
    const start = Date.parse(`${day}T00:00:00Z`);
    const end = new Date(Math.min(start + DAY_MS, to.getTime()));
    const value = String(await count(new Date(start), end));
    figures.push({ stream, figure: 'people', day, value });
  }
  return figures;
}
