/** What a place that takes segments says of itself. */
export type Audience = {
  /** One sentence for the gallery of destinations: what happens there. */
  summary: string;
  /** What a segment is there: `tag`, `list`, `custom audience`. */
  noun: string;
  /** What somebody must have to be told of: an e-mail address, that or a phone number, or nothing. */
  needs: 'email' | 'email or phone' | 'nothing';
  /** Whom an entry stands for: two people with one address are one entry where it stands for the address. */
  entry: 'address' | 'person';
  /** How many people are told of at once. */
  batch: number;
  /** People are shown ads there: who withdrew consent to ads is left out. */
  isForAds?: boolean;
  /** Below this many people the vendor makes no use of it; `advice` says what that means. */
  minimum?: { people: number; advice: string };
};

/** What a destination is told: who came into and who left one audience. */
export type PushBatch = {
  /** Name of the audience at the vendor: the segment's name. */
  audience: string;
  audienceKey: string;
  /** How many are there already. Where that is not none, an audience that is gone must not be made anew. */
  there: number;
  adds: PushPerson[];
  removes: PushPerson[];
};
export type PushPerson = {
  profileId: string;
  email: string | null;
  /** With country code: `+4930123456`. */
  phone: string | null;
  traits: Record<string, unknown>;
  /** Names this one coming or going: the same however often it is told. */
  changeId: string;
  /** Said yes to ads; else they said nothing. */
  hasAdsConsent: boolean;
};
export type PushOutcome =
  /** `remark`: it is done as far as the vendor says, which does not name whom it left out. */
  | { profileId: string; outcome: 'done'; remark?: string }
  | { profileId: string; outcome: 'refused'; reason: string }
  | { profileId: string; outcome: 'waiting'; ticket: string };
