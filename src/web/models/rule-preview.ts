import type { DetailedPreview } from '../../flow/segment/preview.ts';
import type { Titles } from '../../flow/segment/rules/kind.ts';
import { describeNode } from '../../flow/segment/words.ts';
import { formatDateTime, formatNumber, formatPercent, plural } from './format.ts';
import type { LintModel } from './rule-remarks.ts';

/** What the panel beside the rule says: a count, or why there is none. */
export type PreviewModel = {
  /** It is being counted: to be asked for again. */
  isWorking: boolean;
  problem: string | null;
  count: string | null;
  share: string;
  asOf: string;
  /** Why the count is about, and how far off it may be; null for an exact one. */
  estimate: string | null;
  words: string | null;
  lints: LintModel[];
  sample: { href: string; name: string }[];
};

export const NO_PREVIEW: PreviewModel = {
  isWorking: false,
  problem: null,
  count: null,
  share: '',
  asOf: '',
  estimate: null,
  words: null,
  lints: [],
  sample: [],
};

export function previewModel(
  found: DetailedPreview,
  given: { lints: LintModel[]; sample: PreviewModel['sample']; zone: string; titles: Titles },
): PreviewModel {
  return {
    isWorking: false,
    problem: null,
    count: `${found.estimate ? 'about ' : ''}${plural(found.count, 'person', 'people')}`,
    share: shareOf(found),
    asOf: formatDateTime(found.asOf, given.zone),
    estimate: found.estimate
      ? `Give or take ${formatNumber(found.margin ?? 0)}: ${formatNumber(found.looked)} people were looked at, since counting all ${formatNumber(found.people)} takes too long for now. The saved segment is counted exactly.`
      : null,
    words: describeNode(found.node, given.titles),
    lints: given.lints,
    sample: given.sample,
  };
}

function shareOf({ people, count, isByHand }: DetailedPreview): string {
  if (people === 0) return 'nobody is known yet';
  const share = `${formatPercent(count / people)} of ${formatNumber(people)}`;
  return isByHand ? `${share}, with whom was put in or left out by hand` : share;
}
