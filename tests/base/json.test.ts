import { describe, expect, test } from 'vitest';
import { ConnectorError } from '../../src/base/errors.ts';
import { readJson } from '../../src/base/json.ts';

function read(body: Buffer | string, contentType = 'application/json') {
  const bytes = Buffer.from(body as string);
  return readJson(
    { body: bytes, text: bytes.toString('utf8'), headers: { 'content-type': contentType } },
    'x.com',
  );
}

describe('the JSON of a vendor', () => {
  test('keeps ids that a computer would round, digit by digit', () => {
    expect(
      read('{"id": 9007199254740993, "list":[-9007199254740995,9007199254740991], "price": 1.5}'),
    ).toEqual({
      id: '9007199254740993',
      list: ['-9007199254740995', 9007199254740991],
      price: 1.5,
    });
  });

  test('is read in the encoding it names', () => {
    expect(read(Buffer.from('{"name":"Äpfel"}', 'latin1'), 'application/json; charset=ISO-8859-1')).toEqual({
      name: 'Äpfel',
    });
  });

  test('is refused, to be tried again, where its letters are in another encoding than it says', () => {
    const reading = () => read(Buffer.from('{"name":"Äpfel"}', 'latin1'));
    expect(reading).toThrow(/another encoding/);
    expect(reading).toThrow(ConnectorError);
  });
});
