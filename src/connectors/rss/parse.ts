import { createHash } from 'node:crypto';
import { XMLParser } from 'fast-xml-parser';
import { convert } from 'html-to-text';
import { ConnectorError } from '../../base/errors.ts';
import { toMoment } from '../reading/answers.ts';

export type Entry = {
  id: string;
  title: string;
  url: string | null;
  publishedAt: string | null;
  updatedAt: string | null;
  author: string | null;
  categories: string[];
};
export type Feed = { title: string; entries: Entry[]; next: string | null };

type Node = Record<string, unknown>;

/** Entities a document declares itself are refused before this (see below): only those of XML are left. */
const parser = new XMLParser({
  ignoreAttributes: false,
  attributeNamePrefix: '@',
  parseTagValue: false,
  parseAttributeValue: false,
  processEntities: true,
  maxNestedTags: 60,
});
const MAX_ID_LENGTH = 300;

/** RSS 2.0 and 0.9x, RSS 1.0 and Atom. `address` is where it lies, for what it names relatively. */
export function parseFeed(text: string, address: string): Feed {
  // A feed has no use for them, and they are how a small document becomes one of gigabytes.
  if (/<!ENTITY/i.test(text))
    throw unreadable('declares entities of its own, which is not safe to read', false);
  const document = parseXml(text);
  const [root, name] = rootOf(document);
  if (!root) throw unreadable('is no RSS or Atom feed', false);
  // After its end there may be a comment of some cache.
  if (!text.includes(`</${name}>`)) throw unreadable('breaks off in the middle', true);
  const channel = asNode(listOf(root.channel)[0]) ?? root;
  const base = baseOf(channel, root, address);
  const items = [...listOf(channel.item), ...listOf(root.item), ...listOf(root.entry)];
  const entries = items.map(asNode).filter((item) => item !== null);
  return {
    title: plain(textOf(channel.title)),
    entries: entries.map((item) => entryOf(item, base)),
    next: linkOf(channel, base, 'next'),
  };
}

function parseXml(text: string): Node {
  try {
    return asNode(parser.parse(text)) ?? {};
  } catch (cause) {
    throw unreadable('is no XML a program can read', true, cause);
  }
}

function unreadable(what: string, retryable: boolean, cause?: unknown): ConnectorError {
  return new ConnectorError(`What lies at the address of the feed ${what}.`, { retryable, cause });
}

function rootOf(document: Node): [Node | null, string] {
  for (const name of ['rss', 'feed', 'rdf:RDF', 'RDF']) {
    const found = asNode(document[name]);
    if (found) return [found, name];
  }
  return [null, ''];
}

/** `xml:base` where it is given, else where the feed lies. */
function baseOf(channel: Node, root: Node, address: string): string {
  const given = [channel['@xml:base'], root['@xml:base']].find((base) => typeof base === 'string');
  return absolute(String(given ?? ''), address) ?? address;
}

function entryOf(item: Node, feedBase: string): Entry {
  const base = absolute(textOf(item['@xml:base']), feedBase) ?? feedBase;
  const guid = textOf(listOf(item.guid)[0]) || textOf(item.id) || textOf(item['@rdf:about']);
  const url = linkOf(item, base, 'alternate') ?? guidLink(item, guid);
  const title = plain(textOf(listOf(item.title)[0]));
  const publishedAt = dateOf(item.pubDate, item.published, item['dc:date'], item.updated);
  return {
    id: idOf(guid || url || `${title} ${publishedAt ?? ''}`),
    title: title || url || 'Without a title',
    url,
    publishedAt,
    updatedAt: dateOf(item.updated, item['atom:updated']),
    author:
      textOf(item['dc:creator']) ||
      textOf(asNode(listOf(item.author)[0])?.name) ||
      textOf(listOf(item.author)[0]) ||
      null,
    categories: listOf(item.category)
      .map((one) => textOf(one) || textOf(asNode(one)?.['@term']))
      .filter(Boolean),
  };
}

/** A guid is the address too, unless it says that it is not. */
function guidLink(item: Node, guid: string): string | null {
  const isLink = asNode(listOf(item.guid)[0])?.['@isPermaLink'] !== 'false';
  return isLink ? absoluteWeb(guid) : null;
}

/** RSS writes the address as text, Atom as an attribute with what it is for. */
function linkOf(item: Node, base: string, rel: 'alternate' | 'next'): string | null {
  const links = [...listOf(item.link), ...listOf(item['atom:link'])];
  const attributed = links
    .map(asNode)
    .find((link) => typeof link?.['@href'] === 'string' && (link['@rel'] ?? 'alternate') === rel);
  const href = attributed ? textOf(attributed['@href']) : rel === 'alternate' ? textOf(links[0]) : '';
  return href === '' ? null : absolute(href, base);
}

function absolute(href: string, base: string): string | null {
  return href === '' ? null : absoluteWeb(URL.parse(href, base)?.href ?? '');
}

function absoluteWeb(href: string): string | null {
  return /^https?:\/\//i.test(href) ? (URL.parse(href)?.href ?? null) : null;
}

function idOf(text: string): string {
  return text.length <= MAX_ID_LENGTH ? text : createHash('sha256').update(text).digest('hex');
}

function dateOf(...given: unknown[]): string | null {
  const texts = given.map((one) => textOf(listOf(one)[0])).filter(Boolean);
  for (const text of texts) {
    const at = toMoment(text) ?? toMailDate(text);
    if (at) return at.toISOString();
  }
  return null;
}

/** `Mon, 02 Nov 2026 10:00:00 +0100`; one without a zone is taken for UTC. */
function toMailDate(text: string): Date | null {
  const hasZone = /([+-]\d{4}|\b[A-Z]{1,4})\s*$/.test(text);
  const at = new Date(hasZone ? text : `${text} UTC`);
  return Number.isNaN(at.getTime()) ? null : at;
}

/** Titles are text or HTML, and few feeds say which. */
function plain(text: string): string {
  return convert(text, {
    wordwrap: false,
    selectors: [{ selector: 'a', options: { ignoreHref: true } }],
  }).trim();
}

function textOf(value: unknown): string {
  if (typeof value === 'string') return value.trim();
  const inner = asNode(value)?.['#text'];
  return typeof inner === 'string' ? inner.trim() : '';
}

function listOf(value: unknown): unknown[] {
  if (value === undefined || value === null || value === '') return [];
  return Array.isArray(value) ? value : [value];
}

function asNode(value: unknown): Node | null {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? { ...value } : null;
}
