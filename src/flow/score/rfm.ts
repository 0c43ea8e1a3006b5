/** RFM groups in the order in which they are tried; the first that matches wins. Scores are 1 to 5, 5 is best. */
type Range = [from: number, to: number];

export const RFM_GROUPS: { key: string; name: string; r: Range; f: Range; m: Range }[] = [
  { key: 'champions', name: 'Champions', r: [4, 5], f: [4, 5], m: [4, 5] },
  { key: 'cant-lose', name: 'Can’t lose', r: [1, 1], f: [4, 5], m: [4, 5] },
  { key: 'new', name: 'New', r: [4, 5], f: [1, 1], m: [1, 1] },
  { key: 'promising', name: 'Promising', r: [3, 4], f: [1, 1], m: [1, 1] },
  { key: 'loyal', name: 'Loyal', r: [2, 5], f: [3, 5], m: [3, 5] },
  { key: 'potential-loyalist', name: 'Potential loyalist', r: [3, 5], f: [1, 3], m: [1, 3] },
  { key: 'need-attention', name: 'Need attention', r: [2, 3], f: [2, 3], m: [2, 3] },
  { key: 'about-to-sleep', name: 'About to sleep', r: [2, 3], f: [1, 2], m: [1, 2] },
  { key: 'at-risk', name: 'At risk', r: [1, 2], f: [2, 5], m: [2, 5] },
  { key: 'lost', name: 'Lost', r: [1, 2], f: [1, 2], m: [1, 2] },
  { key: 'other', name: 'Other', r: [1, 5], f: [1, 5], m: [1, 5] },
];

/** Quintiles of fewer buyers say more about chance than about people. */
export const ENOUGH_BUYERS = 100;

export function rfmGroupOf(r: number, f: number, m: number): string {
  const found = RFM_GROUPS.find((group) => inside(r, group.r) && inside(f, group.f) && inside(m, group.m));
  return found?.key ?? 'other';
}

function inside(score: number, [from, to]: Range): boolean {
  return score >= from && score <= to;
}
