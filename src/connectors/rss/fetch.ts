import { ConnectorError } from '../../base/errors.ts';
import type { HttpAnswer } from '../../base/http.ts';
import type { Verdict } from '../../base/verdicts.ts';
import type { Context } from '../contract.ts';
import { decode } from './decode.ts';
import { type Feed, parseFeed } from './parse.ts';
import type { RssSettings } from './settings.ts';

/** What the server said of the state it gave; said back to it, it answers 304 as long as nothing changed. */
export type State = { etag: string | null; lastModified: string | null };

/** Feeds of ten thousand posts are a few of these; what is larger is no feed. */
const MAX_BYTES = 10e6;
const ACCEPT = 'application/rss+xml, application/atom+xml, application/xml;q=0.9, text/xml;q=0.8, */*;q=0.1';

/** Null when nothing has changed since `known`. */
export async function fetchFeed(
  ctx: Context<RssSettings>,
  url: string,
  known: State | null,
): Promise<{ feed: Feed; state: State } | null> {
  const conditions = {
    ...(known?.etag ? { 'if-none-match': known.etag } : {}),
    ...(known?.lastModified ? { 'if-modified-since': known.lastModified } : {}),
  };
  const headers = { accept: ACCEPT, ...conditions };
  const answer = await ctx.http({ url, headers, expect: [304], classify });
  if (answer.status === 304) return null;
  if (answer.bytes.length > MAX_BYTES)
    throw new ConnectorError('The feed is larger than 10 MB.', { retryable: false });
  const text = decode(answer.bytes, answer.headers['content-type']);
  if (/^\s*(<!doctype html|<html)/i.test(text)) throw isPage(text, url);
  const state = { etag: answer.headers.etag ?? null, lastModified: answer.headers['last-modified'] ?? null };
  return { feed: parseFeed(text, url), state };
}

/** A page often names its feed in its head. */
function isPage(text: string, url: string): ConnectorError {
  const link = /<link\b[^>]*type=["']application\/(?:rss|atom)\+xml["'][^>]*>/i.exec(text)?.[0] ?? '';
  const href = /href=["']([^"']+)["']/i.exec(link)?.[1];
  const feed = href ? URL.parse(href.replaceAll('&amp;', '&'), url)?.href : undefined;
  const advice = feed
    ? `Its feed seems to be ${feed}`
    : 'Give the address of its feed, often /feed or /rss.xml';
  return new ConnectorError(`There is a web page at this address, no feed. ${advice}.`, { retryable: false });
}

function classify({ status }: HttpAnswer): Verdict | undefined {
  if (status === 401 || status === 403) {
    return {
      outcome: 'reconnect',
      message:
        'The feed is not open to us. Give the address of one that needs no password, or let this server in.',
    };
  }
  return status === 404 || status === 410
    ? { outcome: 'reconnect', message: 'There is no feed at this address any more. Give its new one.' }
    : undefined;
}
