/**
 * Tables in plain text, a row a line: lists of files, labels, splits.
 */
import { encodeUtf8 } from '@curvature-tuning/checks';
import { DamagedFileError } from './damagedFile.js';

/** How the cells of a row are told apart. */
export interface TextTableOptions {
  /** What the table is called in errors. */
  readonly file: string;
  /** Cells of a row; with `rest` the last one is the rest of its line, blanks included. */
  readonly columns: number;
  readonly rest?: boolean | undefined;
  /** Lines before the first row. */
  readonly skip?: number | undefined;
}

/**
 * The rows of a table whose cells are separated by blanks. Empty lines are passed over.
 *
 * @throws DamagedFileError that names the line, and its first byte, of a row with another number of cells, or a page of
 * HTML.
 */
export function parseTextTable(text: string, { file, columns, rest = false, skip = 0 }: TextTableOptions): string[][] {
  if (/^\s*<(!doctype|html)/i.test(text))
    throw new DamagedFileError('parseTextTable', { file, offset: 0, fault: 'it is a page of HTML, not a table' });
  let end = 0;
  return text.split(/(?<=\n)/).flatMap((whole, i) => {
    const begin = end;
    end += whole.length;
    const line = whole.replace(/\r?\n$/, '');
    if (i < skip || line.trim() === '') return [];
    const words = line.trim().split(/\s+/);
    const cells =
      rest && words.length > columns ? [...words.slice(0, columns - 1), words.slice(columns - 1).join(' ')] : words;
    if (cells.length === columns) return [cells];
    throw new DamagedFileError('parseTextTable', {
      file,
      offset: encodeUtf8(text.slice(0, begin)).length,
      fault: `line ${i + 1}, ${JSON.stringify(line.slice(0, 60))}, has ${cells.length} cells, not ${columns}`,
    });
  });
}
