/** Every limit of what a source may say, with its unit. What is over one is refused and kept in quarantine. */
export const TRACKING_LIMITS = {
  /** One call, as JSON. The SDKs themselves stop here. */
  eventBytes: 32_768,
  /** Calls of one batch; the rest of a longer one is refused. */
  batchEvents: 500,
  /** Objects and lists within properties, traits or context, which is the first level. */
  levels: 10,
  /** Names in one object. */
  keysPerObject: 300,
  /** One text or name. */
  textBytes: 8_192,
  /** An id or the name of an event; both stand in indexes. */
  idChars: 255,
  /** A sender's clock may run ahead this far before we go by our own. */
  aheadMs: 24 * 3_600_000,
  /** A longer way than this between sending and arriving is the sender's clock, not the network. */
  skewMs: 10_000,
  earliestYear: 1900,
} as const;
