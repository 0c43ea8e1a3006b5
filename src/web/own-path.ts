/** Long enough for any page of ours with its filters. */
const MAX_LENGTH = 2_000;

/**
 * True for an address that stays with us. Read by the browser's own rules, since `//evil`, `/\evil`, a tab
 * between the slashes and some more are all other hosts to a browser.
 */
export function isOwnPath(path: string): boolean {
  if (path.length > MAX_LENGTH || !/^\/(?![/\\])[\x21-\x7e]*$/.test(path) || path.includes('\\'))
    return false;
  const here = 'http://own.invalid';
  return URL.canParse(path, here) && new URL(path, here).origin === here;
}
