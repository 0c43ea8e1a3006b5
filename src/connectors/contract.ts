import type { z } from 'zod';
import type { Target } from '../base/addresses.ts';
import type { Http } from '../base/http.ts';
import type { Log } from '../base/log.ts';
import type { Audience, PushBatch, PushOutcome, PushPerson } from './audience.ts';
import type { Guide } from './reading/guide.ts';

/**
 * What a connector is. A connector speaks to one vendor and knows nothing of our database: the sync engine
 * (flow/collect) calls it, stores what it says and keeps its cursors. A new connector is a new file or folder
 * here with a default export of this type; it is found by lying in the folder.
 */
export type Connector<Settings = Record<string, unknown>> = {
  /** kebab case, fixed for ever: `mailchimp`, `meta-ads`. */
  key: string;
  name: string;
  category: 'blog' | 'signups' | 'email' | 'ads' | 'shop' | 'billing' | 'web';
  /** One sentence for the gallery: what it brings. */
  summary: string;
  /** For whoever connects it and has never seen the vendor's settings from inside. */
  guide?: Guide;
  /** Draws and checks the form. Every field has `.meta({ title, help?, secret?: true, placeholder? })`. */
  settings: z.ZodType<Settings>;
  streams: Stream<Settings>[];
  /** Pure: the vendor's words to ours. Run again when a mapping changes. Throws Invalid to quarantine the item. */
  map: (item: Item, settings: Settings) => MappedRecord[];
  /** A person says on a page which field means what; that is kept as the setting `mapping`. */
  hasFieldMapping?: boolean;
  hooks?: Hooks<Settings>;
  /** A webhook that carries an id only is filled in after it was answered. */
  complete?: (ctx: Context<Settings>, item: Item) => Promise<Item>;
  /** What it takes a segment as. Goes with `push`; one that only takes has no streams and no hooks. */
  audience?: Audience;
  /** May be told the same again, after a process died between the vendor's answer and our noting it. */
  push?: (ctx: Context<Settings>, batch: PushBatch) => Promise<PushOutcome[]>;
  /** Asks after a ticket: `people` are those who wait for it. */
  settle?: (ctx: Context<Settings>, ticket: string, people: PushPerson[]) => Promise<PushOutcome[]>;
  deliver?: (ctx: Context<Settings>, message: OutgoingMessage) => Promise<{ providerId: string }>;
  /** What the vendor itself reports, for the nightly reconciliation with what we hold. */
  totals?: (ctx: Context<Settings>, from: Date, to: Date) => Promise<VendorTotal[]>;
  /** What of it nobody else counts, in words for its page. Without `totals` that is all of it, and has to be said. */
  uncompared?: string;
  /** A sentence saying what was found ("2 audiences, 5,120 contacts"). Throws ConnectorError with what to do. */
  check: (ctx: Context<Settings>) => Promise<string>;
};

export type Stream<Settings> = {
  key: string;
  title: string;
  /**
   * A first sync lists everybody the vendor has, and it does not tell by itself who was deleted: once a month
   * everything is read, and what is not listed any more is taken back.
   */
  listsAll?: boolean;
  /** How many there are. Asked before a first sync reads anything, so that its progress is of the whole. */
  count?: (ctx: Context<Settings>) => Promise<number>;
  /** Any JSON; parsed when read back. `null` is a first sync. */
  cursor: z.ZodType;
  /** Yields pages. `page.cursor` is right once the page's items are stored. */
  pull: (ctx: Context<Settings>, cursor: unknown) => AsyncIterable<Page>;
};

/** One figure as the vendor itself counts it. */
export type VendorTotal = {
  stream: string;
  /** A UTC day, YYYY-MM-DD, by the vendor's time of creation; null for a state as of now (subscribers). */
  day: string | null;
  figure: 'people' | 'subscribers' | 'orders' | 'net_revenue' | 'refunds' | 'spend' | 'sent';
  /** Exact decimal text; money is in `currency`. */
  value: string;
  currency?: string | undefined;
};

export type Page = {
  items: Item[];
  cursor: unknown;
  total?: number | undefined;
  /** What the vendor is at while nothing comes yet, in a sentence for the page that shows the run. */
  waiting?: string | undefined;
  /**
   * The cursor is the connector's own doing (a file asked for, or given up), and counts although nothing came with
   * it. Of other pages without items nobody knows whether the vendor meant it, so their cursor waits for what follows.
   */
  isCertain?: boolean | undefined;
};

/** The vendor's own words. `version` is the vendor's update time or number; without one a hash of the payload. */
export type Item = {
  stream: string;
  externalId: string;
  version?: string | undefined;
  payload: Record<string, unknown>;
};

export type IdentifierKind = 'user_id' | 'email' | 'phone' | 'source' | 'anonymous_id';
/** `source` is the vendor's own id of the person; it is stored as kind `source:<source id>`. */
export type GivenIdentifier = { kind: IdentifierKind; value: string };

export type MappedConsent = {
  channel: 'email' | 'sms' | 'ads' | 'web';
  /** null: the whole channel. */
  topic: string | null;
  state: 'granted' | 'withdrawn';
  /** When the person decided, by the vendor; null if it does not say. */
  decidedAt: Date | null;
  proof: Record<string, unknown>;
};

/** One item may give several records; `key` tells them apart within the item (`placed`, `refund:77`; else ''). */
export type MappedRecord =
  | {
      type: 'person';
      key: string;
      identifiers: GivenIdentifier[];
      traits: Record<string, unknown>;
      /** The vendor's time of the change; decides which source's value is newest. */
      changedAt: Date;
      consents: MappedConsent[];
      /** An address the vendor knows to be dead (`hard`) or that complained. */
      suppress?: { email: string; reason: 'hard_bounce' | 'complaint' } | undefined;
    }
  | {
      type: 'event';
      key: string;
      identifiers: GivenIdentifier[];
      name: string;
      occurredAt: Date;
      /** Money in `currency`, as exact decimal text. */
      value?: string | undefined;
      currency?: string | undefined;
      properties: Record<string, unknown>;
      consents?: MappedConsent[] | undefined;
      suppress?: { email: string; reason: 'hard_bounce' | 'complaint' } | undefined;
    }
  | {
      type: 'spend';
      key: string;
      /** Local day of the ad account, YYYY-MM-DD. */
      day: string;
      channel: string;
      campaignId: string;
      campaign: string;
      /** Exact decimal text. */
      cost: string;
      currency: string;
      clicks: number;
      impressions: number;
    }
  | {
      type: 'content';
      key: string;
      externalId: string;
      title: string;
      url: string | null;
      kind: string;
      status: string;
      publishedAt: Date | null;
    }
  | {
      type: 'metric';
      key: string;
      day: string;
      name: string;
      dimensions: Record<string, string>;
      value: string;
    }
  /** The vendor says this person no longer exists there: what this item said before is taken back. */
  | { type: 'removed'; key: string };

export type Context<Settings> = {
  settings: Settings;
  http: Http;
  /** Where a host may be reached that speaks something else than HTTP; private addresses are refused alike. */
  reach: (host: string, port: number) => Promise<Target>;
  /** The product's clock. */
  clock: () => Date;
  log: Log;
  /**
   * A slice of time to read: everything created in [from, to) by the vendor's clock, whatever the cursor says.
   * A stream that cannot read a slice reads everything.
   */
  window?: { from: Date; to: Date } | undefined;
  /** A folder of the business's own for files, made when it is first written to; null where there is none. */
  folder: string | null;
  /** A short-lived token, renewed in one process at a time and stored before use. */
  token: (name: string, renew: () => Promise<{ value: string; expiresAt: Date }>) => Promise<string>;
};

export type Hooks<Settings> = {
  /** Runs over the raw bytes before anything is stored. Items, or an answer (handshake, ping, refusal). */
  verify: (request: HookRequest, settings: Settings) => { items: Item[] } | { answer: HookAnswer };
  /**
   * Tells the vendor our address; again where it is told already. The secrets that came of it are kept among the
   * settings, by their fields.
   */
  register?: (ctx: Context<Settings>, url: string) => Promise<Record<string, string>>;
  /** Takes back what was registered for this address. */
  unregister?: (ctx: Context<Settings>, url: string) => Promise<void>;
};

export type HookRequest = {
  method: 'GET' | 'HEAD' | 'POST';
  query: Record<string, string>;
  headers: Record<string, string>;
  body: Uint8Array;
  receivedAt: Date;
};
export type HookAnswer = { status: number; body: string; contentType?: string };

export type OutgoingMessage = {
  to: string;
  from: string;
  subject: string;
  html: string;
  text: string;
  headers: Record<string, string>;
};

export type { Http, HttpAnswer, HttpRequest } from '../base/http.ts';

/** Lets a connector file state its settings type once. */
export function defineConnector<Settings>(connector: Connector<Settings>): Connector<Settings> {
  return connector;
}
