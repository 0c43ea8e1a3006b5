/** How many letters have to be put in, left out or exchanged to make one text of the other. */
export function editDistance(from: string, to: string): number {
  const first = Array.from({ length: to.length + 1 }, (_, index) => index);
  const last = [...from].reduce((above, letter, row) => {
    const line = [row + 1];
    for (let at = 1; at <= to.length; at += 1) {
      const exchanged = above[at - 1]! + (letter === to[at - 1] ? 0 : 1);
      line.push(Math.min(exchanged, above[at]! + 1, line[at - 1]! + 1));
    }
    return line;
  }, first);
  return last.at(-1)!;
}
