/**
 * Every limit of what we take in over HTTP, in bytes unless the name says otherwise: a number, never a text like
 * '100kb', which body-parser would quietly read as something else.
 */
export const LIMITS = {
  /** A form of a page. The largest is a message written by hand. */
  formBytes: 1_048_576,
  formFields: 2_000,
  /** A password may be long; beyond this it is no password. */
  fieldBytes: 1_048_576,
  /** A CSV by page; larger files go through the import command. */
  uploadBytes: 52_428_800,
  /** A JSON body of the API, and a batch of tracked events, after decompression. */
  apiBytes: 1_048_576,
  batchBytes: 524_288,
  hookBytes: 5_242_880,
  jsonDepth: 64,
  rowsPerPage: 50,
  rowsPerApiPage: 1_000,
} as const;
