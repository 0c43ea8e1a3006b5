import iconv from 'iconv-lite';
import { afterEach, expect, test } from 'vitest';
import rss from '../../src/connectors/rss/rss.ts';
import type { Vendor, VendorAnswer } from '../../src/demo/vendors/wire.ts';
import { type ContractServer, startContractServer } from '../vendors/contract-server.ts';
import { contextFor, idsOf, mapAll, read } from './reading.ts';

let server: ContractServer;
/** What lies at each path; a feed comes with a state, as servers of files give it. */
const pages = new Map<string, VendorAnswer>();
afterEach(async () => {
  pages.clear();
  await server.close();
});

const site: Vendor = ({ path, query, headers }) => {
  const key = query.size > 0 ? `${path}?${query}` : path;
  const page = pages.get(key);
  if (!page) return { status: 404, headers: { 'content-type': 'text/html' }, text: 'Not found' };
  const etag = page.headers?.etag;
  return etag && headers['if-none-match'] === etag ? { status: 304, text: '' } : page;
};

async function serve(text: string | Buffer, headers: Record<string, string> = {}) {
  server = await startContractServer(site);
  pages.set('/feed', { status: 200, headers: { 'content-type': 'application/rss+xml', ...headers }, text });
}

const context = (path = '/feed') => contextFor(rss, server, { url: `${server.url}${path}` });
const item = (id: string, more = '') =>
  `<item><title>Post ${id}</title><link>https://blog.example.com/${id}</link><guid>${id}</guid>${more}</item>`;
const feed = (items: string, head = '') =>
  `<?xml version="1.0" encoding="UTF-8"?>\n<rss version="2.0" xmlns:atom="http://www.w3.org/2005/Atom"><channel><title>Ada &amp; tea</title>${head}${items}</channel></rss>\n`;

async function readPosts(path = '/feed') {
  const { items, error } = await read(rss, context(path), 'posts');
  expect(error).toBeNull();
  return mapAll(rss, items, context(path).settings);
}

test('says what it found', async () => {
  const dated = item('1', '<pubDate>Mon, 02 Nov 2026 10:00:00 +0100</pubDate>');
  await serve(`${feed(dated + item('2'))}<!-- from the cache -->`);
  expect(await rss.check(context())).toBe('“Ada & tea”: 2 posts, the newest of 2026-11-02');
});

test('a post is content with its title in plain words', async () => {
  const title = '<title><![CDATA[Tea &#8217;n <em>time</em> &amp; caf&eacute;]]></title>';
  const rest =
    '<link>/tea?a=1&amp;b=2</link><guid isPermaLink="false">x7</guid><pubDate>Mon, 02 Nov 2026 10:00:00 GMT</pubDate>';
  await serve(feed(`<item>${title}${rest}</item>`));
  expect(await readPosts()).toEqual([
    {
      type: 'content',
      key: '',
      externalId: 'x7',
      title: 'Tea ’n time & café',
      url: `${server.url}/tea?a=1&b=2`,
      kind: 'post',
      status: 'published',
      publishedAt: new Date('2026-11-02T10:00:00Z'),
    },
  ]);
});

test('an Atom feed is read, its relative addresses by its own base', async () => {
  await serve(`<feed xmlns="http://www.w3.org/2005/Atom" xml:base="https://blog.example.com/de/">
    <title type="text">Ada</title><link rel="self" href="/feed"/>
    <entry><id>tag:blog,2026:1</id><title type="html">Tea &amp;amp; time</title>
      <link rel="edit" href="e"/><link rel="alternate" href="tee"/><published>2026-11-02T10:00:00+01:00</published>
      <updated>2026-11-03T10:00:00Z</updated></entry></feed>`);
  expect(await readPosts()).toMatchObject([
    {
      externalId: 'tag:blog,2026:1',
      title: 'Tea & time',
      url: 'https://blog.example.com/de/tee',
      publishedAt: new Date('2026-11-02T09:00:00Z'),
    },
  ]);
});

test('RSS 1.0 keeps its items beside the channel', async () => {
  await serve(`<rdf:RDF xmlns:rdf="r" xmlns:dc="d"><channel><title>Old</title></channel>
    <item rdf:about="https://a.example.com/1"><title>One</title><link>https://a.example.com/1</link><dc:date>2026-11-02</dc:date></item></rdf:RDF>`);
  expect(await readPosts()).toMatchObject([
    { externalId: 'https://a.example.com/1', publishedAt: new Date('2026-11-02T00:00:00Z') },
  ]);
});

test('posts without a guid are known by their address, without either by title and day', async () => {
  const plain =
    '<item><title>A</title><link>https://a.example.com/a</link></item><item><title>B</title><pubDate>Mon, 02 Nov 2026 10:00:00 GMT</pubDate></item>';
  await serve(feed(plain));
  expect(await readPosts()).toMatchObject([
    { externalId: 'https://a.example.com/a' },
    { externalId: 'B 2026-11-02T10:00:00.000Z', url: null },
  ]);
});

test.each([
  ['what the server says', 'iso-8859-1', { 'content-type': 'text/xml; charset=ISO-8859-1' }, 'UTF-8'],
  ['what it says of itself', 'windows-1252', { 'content-type': 'text/xml' }, 'windows-1252'],
  ['its byte order mark', 'utf16le', { 'content-type': 'text/xml' }, 'utf-16'],
])('another encoding is read by %s', async (_what, encoding, headers, declared) => {
  const text = feed('<item><title>Café crème</title><guid>1</guid></item>').replace('UTF-8', declared);
  await serve(iconv.encode(text, encoding, { addBOM: encoding === 'utf16le' }), headers);
  expect(await readPosts()).toMatchObject([{ title: 'Café crème' }]);
});

test('what has not changed is not sent again', async () => {
  await serve(feed(item('1')), { etag: '"v1"', 'last-modified': 'Mon, 02 Nov 2026 10:00:00 GMT' });
  const first = await read(rss, context(), 'posts');
  expect(first.cursor).toEqual({ etag: '"v1"', lastModified: 'Mon, 02 Nov 2026 10:00:00 GMT' });
  expect(await read(rss, context(), 'posts', first.cursor)).toMatchObject({ items: [], error: null });
  expect(server.requests.at(-1)?.headers).toMatchObject({
    'if-none-match': '"v1"',
    'if-modified-since': 'Mon, 02 Nov 2026 10:00:00 GMT',
  });
  const window = { from: new Date('2026-01-01'), to: new Date('2026-12-01') };
  const again = await read(rss, { ...context(), window }, 'posts', first.cursor);
  expect(again).toMatchObject({ items: [{ externalId: '1' }], cursor: first.cursor });
});

test('the older pages a feed names are followed once, on its own host only', async () => {
  await serve('');
  const link = (href: string) => `<atom:link rel="next" href="${href}"/>`;
  pages.set('/feed', { status: 200, text: feed(item('3'), link('?page=2')) });
  pages.set('/feed?page=2', { status: 200, text: feed(item('2'), link('/feed?page=3')) });
  pages.set('/feed?page=3', { status: 200, text: feed(item('1'), link('https://evil.example.com/')) });
  const { items, error, cursor } = await read(rss, context(), 'posts');
  expect(error).toBeNull();
  expect(idsOf(items)).toEqual(['3', '2', '1']);
  expect((await read(rss, context(), 'posts', cursor)).items).toHaveLength(1);
});

test('a bomb of entities is refused before it is lit', async () => {
  await serve(
    `<!DOCTYPE rss [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;">]>${feed(item('1', '<x>&b;</x>'))}`,
  );
  expect((await read(rss, context(), 'posts')).error).toMatchObject({
    retryable: false,
    message: expect.stringContaining('entities of its own'),
  });
});

test.each([
  [
    'a web page that names its feed',
    '<!doctype html><head><link rel="alternate" type="application/rss+xml" href="/real.xml"></head>',
    /no feed\. Its feed seems to be http.*\/real\.xml\.$/,
  ],
  ['a web page', '<html><body>Hi</body></html>', /often \/feed or \/rss\.xml/],
  ['another XML document', '<?xml version="1.0"?><opml><body/></opml>', /no RSS or Atom feed/],
  ['no XML', 'soon', /no RSS or Atom feed/],
  ['a feed that was cut', feed(item('1')).replace('</channel></rss>', ''), /breaks off/],
  ['more than ten megabytes', feed(item('1', `<x>${'x'.repeat(10_000_100)}</x>`)), /larger than 10 MB/],
])('%s is said to be what it is', async (_what, text, message) => {
  await serve(text);
  expect((await read(rss, context(), 'posts')).error).toMatchObject({
    name: 'ConnectorError',
    message: expect.stringMatching(message),
  });
});

test('a feed that is gone or closed asks for another address', async () => {
  await serve('');
  expect((await read(rss, context('/gone'), 'posts')).error).toMatchObject({ needsReconnect: true });
  server.plan({ status: 403, text: 'no' });
  expect((await read(rss, context(), 'posts')).error).toMatchObject({
    needsReconnect: true,
    message: expect.stringContaining('no password'),
  });
});
