import { RFM_GROUPS } from '../../score/rfm.ts';
import type { AutomaticSegment } from './automatic.ts';

/** The named groups, read from the score of the last scoring. Without enough buyers there are none. */
export function rfmSegments(hasScores: boolean): AutomaticSegment[] {
  return RFM_GROUPS.map((group) => ({
    key: `rfm-${group.key}`,
    kind: 'rfm' as const,
    name: group.name,
    description: null,
    definition: { fact: 'rfm_group', op: 'eq', value: group.key },
    isEnabled: hasScores,
  }));
}
