import { WireFault } from './exchange.ts';

/** Cuts what comes in pieces into its lines, empty ones left out. A line longer than `maxBytes` is no line. */
export async function* readLines(
  chunks: AsyncIterable<Uint8Array>,
  maxBytes: number,
): AsyncGenerator<string> {
  const decoder = new TextDecoder();
  let rest = '';
  for await (const chunk of chunks) {
    const lines = (rest + decoder.decode(chunk, { stream: true })).split('\n');
    rest = lines.pop() ?? '';
    if (rest.length > maxBytes)
      throw new WireFault(`sent a line of more than ${Math.round(maxBytes / 1e6)} MB`, { isTooLarge: true });
    for (const line of lines) if (line.trim() !== '') yield line;
  }
  const last = rest + decoder.decode();
  if (last.trim() !== '') yield last;
}
