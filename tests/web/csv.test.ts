import { text as readText } from 'node:stream/consumers';
import { parse } from 'csv-parse/sync';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { unguardFormula } from '../../src/base/formula.ts';
import { toCsvLine, writeCsv } from '../../src/web/csv.ts';

test.each([
  '=1+1',
  '+49 30 1',
  '-5',
  '@SUM(A1)',
  '\tx',
  '\rx',
  ' =1',
  '"=1',
  '" =1',
  '\u00a0=1',
  '＝1',
  '＋1',
  '－1',
  '＠a',
  '“=1',
  "'=1",
  '　=1',
])('a spreadsheet shows %j as text', (cell) => {
  const [row] = parse(toCsvLine([cell])) as string[][];
  expect(row![0]).toBe(`'${cell}`);
  expect(unguardFormula(row![0]!)).toBe(cell);
});

test.each(['a=b', 'Ada', '5', "O'Hara", "'tis", '', '1-2', 'a@b.test'])('%j stays as it is', (cell) => {
  expect(parse(toCsvLine([cell, 'x']))).toEqual([[cell, 'x']]);
});

test('a file has its mark, its header and CRLF, and numbers and times in one form', async () => {
  const rows = [
    [1.5, null, true, new Date('2026-01-02T03:04:05Z')],
    ['a,b', 'say "hi"', 'two\nlines', undefined],
  ];
  expect(await readText(writeCsv(['n', 'x', 'y', 'z'], rows))).toBe(
    '\uFEFFn,x,y,z\r\n1.5,,true,2026-01-02T03:04:05.000Z\r\n"a,b","say ""hi""","two\nlines",\r\n',
  );
});

test('whatever is written is read back', () => {
  const cells = fc.array(fc.string({ unit: 'binary' }), { minLength: 2, maxLength: 5 });
  fc.assert(
    fc.property(cells, (row) => {
      const [read] = parse(toCsvLine(row), {
        relax_column_count: true,
        record_delimiter: '\r\n',
      }) as string[][];
      expect(read!.map(unguardFormula)).toEqual(row);
    }),
    { numRuns: 1_000 },
  );
});
