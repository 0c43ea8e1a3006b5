import iconv from 'iconv-lite';

/**
 * The text of a feed: by its byte order mark, else by what the server says, else by what the document says of
 * itself, else UTF-8.
 */
export function decode(bytes: Buffer, contentType: string | undefined): string {
  const named = markOf(bytes) ?? charsetOf(contentType) ?? declaredIn(bytes) ?? 'utf-8';
  return iconv.decode(bytes, iconv.encodingExists(named) ? named : 'utf-8', { stripBOM: true });
}

function markOf(bytes: Buffer): string | undefined {
  if (bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf) return 'utf-8';
  if (bytes[0] === 0xff && bytes[1] === 0xfe) return 'utf-16le';
  return bytes[0] === 0xfe && bytes[1] === 0xff ? 'utf-16be' : undefined;
}

function charsetOf(contentType: string | undefined): string | undefined {
  return /charset=["']?([\w-]+)/i.exec(contentType ?? '')?.[1];
}

function declaredIn(bytes: Buffer): string | undefined {
  return /<\?xml[^>]*encoding=["']([\w-]+)["']/i.exec(bytes.subarray(0, 200).toString('latin1'))?.[1];
}
