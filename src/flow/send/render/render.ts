import { compile } from 'html-to-text';
import type { Liquid, Template } from 'liquidjs';
import { createEngine } from './engine.ts';
import type { Checked, MessageParts, Rendered, RenderJob } from './jobs.ts';
import { cutLinks } from './links.ts';
import { findMissing, listVariables } from './variables.ts';

/** A message is read on a phone; mail programs cut it at some 100 kB anyway. */
const MAX_CHARACTERS = 1_000_000;

const toText = compile({
  wordwrap: 78,
  limits: { maxInputLength: MAX_CHARACTERS, maxDepth: 60, maxChildNodes: 20_000 },
  selectors: [
    {
      selector: 'a',
      options: { hideLinkHrefIfSameAsText: true, ignoreHref: false, linkBrackets: ['(', ')'] },
    },
    { selector: 'img', format: 'skip' },
    ...['h1', 'h2', 'h3'].map((selector) => ({ selector, options: { uppercase: false } })),
  ],
});

/** Fills in one message for one person. Runs in the rendering thread only. */
export function renderMessage(job: RenderJob): Rendered {
  const words = createEngine('text', job.timezone);
  const html = fill(createEngine('html', job.timezone), job.parts.html, job.context);
  const { parts, context } = job;
  return {
    subject: oneLine(fill(words, parts.subject, context)),
    preheader: oneLine(fill(words, parts.preheader, context)),
    ...cutLinks(html),
    text: parts.text ? fill(words, parts.text, context) : toText(html),
    missing: findMissing(checkMessage(parts).variables, context, wordsOf(parts)),
  };
}

/** Parses every part; says what is wrong in which, and which names they ask for. */
export function checkMessage(parts: MessageParts): Checked {
  const engine = createEngine('html', 'UTC');
  const checked: Checked = { issues: [], variables: [] };
  for (const [path, words] of Object.entries(parts)) {
    const template = parse(engine, path, words ?? '', checked);
    if (template) checked.variables.push(...listVariables(engine, template));
  }
  checked.variables = [...new Set(checked.variables)];
  return checked;
}

function parse(engine: Liquid, path: string, words: string, checked: Checked): Template[] | null {
  try {
    return engine.parse(words);
  } catch (error) {
    checked.issues.push({ path, message: sayWhy(error) });
    return null;
  }
}

function fill(engine: Liquid, words: string, context: Record<string, unknown>): string {
  const filled = String(engine.parseAndRenderSync(words, context));
  if (filled.length > MAX_CHARACTERS) throw new Error('The message is larger than 1 MB.');
  return filled;
}

/** The library's first line says what and where; the lines after it show the template. */
export function sayWhy(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  return `This cannot be filled in: ${message.split('\n')[0]!.slice(0, 200)}.`;
}

/** A value with a line break must not become a second header. */
function oneLine(text: string): string {
  return text
    .replace(/[\p{Cc}\u2028\u2029]+/gu, ' ')
    .trim()
    .slice(0, 900);
}

function wordsOf(parts: MessageParts): string {
  return [parts.subject, parts.preheader, parts.html, parts.text ?? ''].join('\n');
}
