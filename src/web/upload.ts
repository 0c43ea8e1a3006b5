import type { Readable } from 'node:stream';
import busboy from 'busboy';
import type { Request } from 'express';
import { LIMITS } from './limits.ts';
import type { UploadedFile } from './page.ts';
import { Refusal } from './refusal.ts';

export type Upload = { fields: Record<string, string | string[]>; file: UploadedFile | null };

/**
 * Reads a form up to its file and hands the file on as a stream: its size is never held in memory. The fields,
 * with the token among them, must come before the file, as they do where the file is the last input.
 */
export function readUpload(request: Request): Promise<Upload> {
  if (!request.is('multipart/form-data'))
    throw new Refusal(415, 'This form sends a file; it must be multipart/form-data.');
  const parser = makeParser(request);
  return new Promise((resolve, reject) => {
    const fields: Upload['fields'] = Object.create(null);
    parser.on('field', (name, value) => addField(fields, name, value));
    parser.on('file', (_field, stream, { filename, mimeType }) => {
      if (!filename) return void stream.resume();
      resolve({
        fields,
        file: { name: filename.slice(0, 255), contentType: mimeType, stream: guard(stream) },
      });
    });
    parser.on('close', () => resolve({ fields, file: null }));
    parser.on('error', (cause) => reject(new Refusal(400, 'The form is damaged; send it again.', { cause })));
    request.on('aborted', () => parser.destroy(new Error('The sender went away.')));
    request.pipe(parser);
  });
}

function makeParser(request: Request) {
  const limits = {
    fileSize: LIMITS.uploadBytes,
    files: 1,
    fields: LIMITS.formFields,
    fieldSize: LIMITS.fieldBytes,
  };
  try {
    return busboy({ headers: request.headers, limits, defParamCharset: 'utf8' });
  } catch (cause) {
    throw new Refusal(400, 'The form is damaged; send it again.', { cause });
  }
}

/** The second of a name makes a list, which is refused later unless the name says so. */
function addField(fields: Upload['fields'], name: string, value: string): void {
  const before = fields[name];
  fields[name] = before === undefined ? value : [before, value].flat();
}

function guard(stream: Readable): Readable {
  stream.on('limit', () => {
    const megabytes = Math.floor(LIMITS.uploadBytes / 1_048_576);
    stream.destroy(
      new Refusal(413, `The file is larger than ${megabytes} MB. Larger ones go through the import command.`),
    );
  });
  return stream;
}
