/** What a person does at the vendor, in our own words; the pages number it. Links are to the vendor's own pages. */
export type Guide = {
  /** Where each key is and what it must be allowed to do, in order, one thing a step. */
  steps: string[];
  /** What to do there with the webhook address that the source shows, where the vendor sends by itself. */
  webhook?: string[];
  /** How far back the first sync reads, and what that means for the wait. */
  firstSync?: string;
};
