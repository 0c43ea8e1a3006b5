/** A segment that forms by itself: an ordinary rule tree under a key of its own. */
export type AutomaticSegment = {
  key: string;
  kind: 'lifecycle' | 'rfm' | 'library';
  name: string;
  description: string | null;
  definition: Record<string, unknown>;
  isEnabled: boolean;
};

/** Prefixes that custom keys may not have. */
export const AUTOMATIC_PREFIXES = ['lifecycle-', 'rfm-', 'library-', 'predicted-', 'cluster-'];
