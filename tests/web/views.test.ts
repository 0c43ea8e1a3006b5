import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { compileView, VIEWS_FOLDER } from '../../src/web/views.ts';

const ROOT = path.join(import.meta.dirname, '..', '..');
const views = readdirSync(VIEWS_FOLDER, { recursive: true, encoding: 'utf8' }).filter((name) =>
  name.endsWith('.ejs'),
);
const scripts = readdirSync(path.join(ROOT, 'public', 'js'), { recursive: true, encoding: 'utf8' }).filter(
  (name) => name.endsWith('.js'),
);

/** Printed as it is: an include, the body of the frame, or a field that says it holds HTML made by us. */
const ALLOWED = /^<%-\s*(include\(|\w*Html\s*%>|[\w.]+Html\s*%>)/;

test('every view compiles', () => {
  expect(views.length).toBeGreaterThan(20);
  for (const name of views) expect(() => compileView(name.replace(/\.ejs$/, '')), name).not.toThrow();
});

test('nothing is printed unescaped but includes and fields that say so', () => {
  const wrong = views.flatMap((name) => unescapedIn(read(name)).map((found) => `${name}: ${found}`));
  expect(wrong).toEqual([]);
  expect(unescapedIn('<p><%- name %></p>')).toHaveLength(1);
  expect(unescapedIn("<%- include('_x') %><%- bodyHtml %>")).toEqual([]);
});

test('no view holds a style, a handler or a script of its own', () => {
  const inline =
    /\sstyle="|\son[a-z]+="|<style|javascript:|<script(?![^>]*\ssrc=)(?![^>]*application\/json)/i;
  expect(views.filter((name) => inline.test(read(name)))).toEqual([]);
  expect(inline.test('<p style="color: red">')).toBe(true);
  expect(inline.test('<script>alert(1)</script>')).toBe(true);
});

test('every form that posts carries the token, but for those of links in mails, which have no session', () => {
  const wrong = views
    .filter((name) => !name.startsWith('public/'))
    .flatMap((name) =>
      [...read(name).matchAll(/<form\b[^>]*method="post"[\s\S]*?<\/form>/gi)]
        .filter(([form]) => !form.includes('name="_csrf"'))
        .map(([form]) => `${name}: ${form.slice(0, 80)}`),
    );
  expect(wrong).toEqual([]);
});

test('HTML enters a page in swap.js only', () => {
  const inserting =
    /\.(html|append|prepend|after|before|replaceWith|wrap)\((?!\))|innerHTML|outerHTML|insertAdjacentHTML|document\.write/;
  const wrong = scripts
    .filter((name) => !name.endsWith('swap.js') && name !== 'behaviors.js')
    .filter((name) => inserting.test(readScript(name)));
  expect(wrong).toEqual([]);
});

function unescapedIn(text: string): string[] {
  return [...text.matchAll(/<%-[\s\S]*?%>/g)].map(([found]) => found).filter((found) => !ALLOWED.test(found));
}

function read(name: string): string {
  return readFileSync(path.join(VIEWS_FOLDER, name), 'utf8');
}

function readScript(name: string): string {
  return readFileSync(path.join(ROOT, 'public', 'js', name), 'utf8');
}
