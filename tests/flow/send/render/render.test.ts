import { expect, test } from 'vitest';
import { checkTemplates, render } from '../../../../src/flow/send/render/renderer.ts';

const parts = (html: string) => ({ subject: 'Tea', preheader: '', html, text: null });
const fill = async (html: string, context: Record<string, unknown> = {}) =>
  (await render({ parts: parts(html), context, timezone: 'Europe/Berlin' })).pieces.join('|');

test('values are escaped, defaults fill gaps, and conditions choose', async () => {
  expect(await fill('<p>{{ name }}</p>', { name: '<script>&"' })).toBe('<p>&lt;script&gt;&amp;&#34;</p>');
  expect(await fill('{{ firstName | default: "friend" }}')).toBe('friend');
  expect(await fill('{% if plan == "pro" %}A{% else %}B{% endif %}', { plan: 'pro' })).toBe('A');
});

test('a date is told in the zone of the business', async () => {
  expect(await fill('{{ at | date: "%H:%M" }}', { at: '2026-07-01T22:30:00Z' })).toBe('00:30');
});

test('what a person lacks is reported, unless the words have a default or ask first', async () => {
  const { missing } = await render({
    parts: parts(
      '{{ firstName }} {{ plan | default: "free" }} {% if city %}{{ city }}{% endif %} {{ traits.color }} {{ name }}',
    ),
    context: { name: 'Ada', traits: {} },
    timezone: 'UTC',
  });
  expect(missing.sort()).toEqual(['firstName', 'traits.color']);
});

test('only links to the web are cut out for signing', async () => {
  const { pieces, urls } = await render({
    parts: parts(
      '<a href="https://a.example/?x=1&amp;y={{ id }}">a</a><a href=\'mailto:x@y.example\'>b</a><A class="c" HREF="http://b.example">c</A><a href="javascript:alert(1)">d</a>',
    ),
    context: { id: 7 },
    timezone: 'UTC',
  });
  expect(urls).toEqual(['https://a.example/?x=1&y=7', 'http://b.example']);
  expect(pieces).toHaveLength(3);
});

test('a value with a line break stays within its header', async () => {
  const rendered = await render({
    parts: { subject: 'Tea for {{ name }}', preheader: '', html: 'x', text: null },
    context: { name: 'Ada\r\nBcc: all@example.com' },
    timezone: 'UTC',
  });
  expect(rendered.subject).toBe('Tea for Ada Bcc: all@example.com');
});

test.each([
  '{{ name | raw }}',
  '{% include "x" %}',
  '{% render "x" %}',
  '{% layout "x" %}',
  '{% raw %}x{% endraw %}',
  '{% liquid echo 1 %}',
  '{{ "x" | hmac_sha256: "y" }}',
  '{{ name | find_exp: "x", "1" }}',
])('%s is not part of the language', async (html) => {
  expect((await checkTemplates({ ...parts(html), text: '' })).issues).toHaveLength(1);
});

test('nothing but the context can be reached', async () => {
  const context = { name: 'Ada', list: [1] };
  for (const path of [
    'constructor',
    '__proto__',
    'name.constructor',
    'list.constructor.name',
    'toString',
    'name.length.constructor',
    'process',
    'globalThis',
  ]) {
    expect(await fill(`[{{ ${path} }}]`, context)).toBe('[]');
  }
});

const NEST = (n: number, inner: string) =>
  '{% for i in (1..900) %}'.repeat(n) + inner + '{% endfor %}'.repeat(n);
const HOSTILE: [string, string][] = [
  ['a range of everything', '{% for i in (1..999999999) %}x{% endfor %}'],
  ['loops in loops', NEST(4, 'x')],
  ['loops that print nothing', NEST(4, '{% assign a = i %}')],
  [
    'a text that doubles',
    '{% assign s = "aaaaaaaaaa" %}{% for i in (1..100) %}{% assign s = s | append: s %}{% endfor %}{{ s }}',
  ],
  [
    'a list that doubles',
    '{% assign a = "x,y" | split: "," %}{% for i in (1..60) %}{% assign a = a | concat: a %}{% endfor %}{{ a | size }}',
  ],
  [
    'a replacement that grows',
    '{% assign s = "aaaa" %}{% for i in (1..40) %}{% assign s = s | replace: "a", "aaaa" %}{% endfor %}{{ s }}',
  ],
  ['a date of a billion digits', '{{ "now" | date: "%999999999Y" }}'],
  ['depth', '{% if true %}'.repeat(30_000)],
  ['brackets that never close', '{{'.repeat(150_000)],
  ['tags that never close', '<a '.repeat(100_000) + '<a href="'.repeat(20_000)],
  [
    'sorting again and again',
    `{% assign a = "${'z,y,x,w,'.repeat(2_000)}" | split: "," %}{% for i in (1..5000) %}{% assign b = a | sort %}{% endfor %}`,
  ],
];
test.each(HOSTILE)('%s ends within 1.2 seconds', async (_name, html) => {
  // The renderer itself gives up after one second. The machine may be busy with other tests: the best of five.
  let best = Number.POSITIVE_INFINITY;
  for (let turn = 0; turn < 5 && best >= 1_200; turn += 1) best = Math.min(best, await timeOf(html));
  expect(best).toBeLessThan(1_200);
  expect(await fill('{{ name }}', { name: 'still here' })).toBe('still here');
});

async function timeOf(html: string): Promise<number> {
  await fill('warm');
  const begun = performance.now();
  await fill(html).catch(() => undefined);
  return performance.now() - begun;
}
