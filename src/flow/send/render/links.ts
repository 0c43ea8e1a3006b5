/**
 * Cuts rendered HTML at the targets of its links. Only http and https: `mailto:` and `tel:` stay as they are. One
 * pass over the text by hand, because a pattern over markup of strangers can take minutes.
 */
export function cutLinks(html: string): { pieces: string[]; urls: string[] } {
  const pieces: string[] = [];
  const urls: string[] = [];
  let from = 0;
  for (let at = findAnchor(html, 0); at !== -1; at = findAnchor(html, at + 2)) {
    const end = html.indexOf('>', at);
    if (end === -1) break;
    const target = findTarget(html.slice(at, end));
    if (!target || !/^https?:\/\//i.test(target.value)) continue;
    pieces.push(html.slice(from, at + target.start));
    urls.push(unescapeHtml(target.value));
    from = at + target.start + target.value.length;
  }
  pieces.push(html.slice(from));
  return { pieces, urls };
}

function findAnchor(html: string, from: number): number {
  for (let at = html.indexOf('<', from); at !== -1; at = html.indexOf('<', at + 1)) {
    if (/^<a\s/i.test(html.slice(at, at + 3))) return at;
  }
  return -1;
}

/** The quoted href within one opening tag. */
function findTarget(tag: string): { start: number; value: string } | null {
  const match = /\shref\s{0,9}=\s{0,9}(["'])/i.exec(tag);
  if (!match) return null;
  const start = match.index + match[0].length;
  const end = tag.indexOf(match[1]!, start);
  return end === -1 ? null : { start, value: tag.slice(start, end) };
}

function unescapeHtml(text: string): string {
  return text
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll('&#34;', '"')
    .replaceAll('&quot;', '"')
    .replaceAll('&#39;', "'")
    .replaceAll('&amp;', '&');
}
