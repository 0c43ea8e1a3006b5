import type { Readable } from 'node:stream';

/** Where the reader is: `Sources › Mailchimp`. The last one is the page itself and has no address. */
export type Crumb = { label: string; href?: string };

/** A link beside the title. One of a page is `primary`. */
export type Action = { label: string; href: string; isPrimary?: boolean };

/** Path of a field to what is wrong with it. */
export type FieldErrors = Record<string, string>;

export type ViewAnswer = {
  /** A file below views, without `.ejs`. */
  view: string;
  model: object;
  title: string;
  status?: number;
  crumbs?: Crumb[];
  actions?: Action[];
  errors?: FieldErrors;
};

export type Flash = { text: string; kind: 'success' | 'warning' | 'danger' };

/** What a page may answer. Only paths of our own can be redirected to. */
export type PageAnswer =
  | ViewAnswer
  | { redirect: string; flash?: string | Flash }
  | { fragment: string; model: object; status?: number }
  | { download: { name: string; contentType: string; body: Readable | string } }
  | { json: unknown; status?: number }
  /** A document in a box without scripts, for an iframe: the preview of a message. */
  | { sandbox: string };

export type EndpointAnswer = { status?: number; headers?: Record<string, string> } & (
  | { json: unknown }
  | { text: string; contentType: string }
  | { stream: Readable; contentType: string }
  | { empty: true }
);
