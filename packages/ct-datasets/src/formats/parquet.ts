/**
 * Parquet files of labelled images, as Hugging Face keeps data sets: a column of images, each the bytes of a JPEG or
 * PNG file, and a column of class numbers. A reader of what such files have, flat columns, plain or by a dictionary,
 * packed by Snappy or not, whose time and memory no damaged byte can raise.
 */
import type { ByteSource } from './byteSource.js';
import { DamagedFileError } from './damagedFile.js';
import type { ColumnValue } from './parquet/columnValues.js';
import { columnValues } from './parquet/columnValues.js';
import type { ColumnChunk, RowGroup } from './parquet/footer.js';
import { parseFooter } from './parquet/footer.js';

/** A row: an image as it lay in its file. */
export interface ParquetImage {
  readonly row: number;
  readonly label: number;
  readonly bytes: Uint8Array;
  /** Byte of the file at which the column that it is in begins. */
  readonly start: number;
}

/** The columns' names. */
export interface ParquetColumns {
  readonly image: string;
  readonly label: string;
}

const MARK = 'PAR1';
// The footers of files of 5 GB have less than a thousandth of it.
const LONGEST_FOOTER = 2 ** 26;

/**
 * The images of a file, a group of rows at a time.
 *
 * @throws DamagedFileError that names the byte where it is damaged, of a row without image or label that of its
 * column.
 */
export async function* readParquetImages(source: ByteSource, columns: ParquetColumns): AsyncGenerator<ParquetImage> {
  let row = 0;
  for (const group of await groupsOf(source)) {
    const { start } = chunkOf(source, group, `${columns.image}.bytes`);
    const images = await valuesOf(source, group, `${columns.image}.bytes`);
    const labels = await valuesOf(source, group, columns.label);
    for (const [index, bytes] of images.entries()) {
      const label = labels[index];
      if (!(bytes instanceof Uint8Array) || typeof label !== 'number' || !Number.isSafeInteger(label) || label < 0)
        throw damaged(
          source,
          `row ${row} has no image in "${columns.image}" or no class number in "${columns.label}"`,
          bytes instanceof Uint8Array ? chunkOf(source, group, columns.label).start : start,
        );
      yield { row: row++, label, bytes, start };
    }
  }
}

async function groupsOf(source: ByteSource): Promise<RowGroup[]> {
  const { size } = source;
  const end = size < 12 ? undefined : await source.slice(size - 8, size);
  if (!end || textOf(end.subarray(4)) !== MARK || textOf(await source.slice(0, 4)) !== MARK)
    throw damaged(source, 'it is no Parquet file, or ends too early', size);
  const length = new DataView(end.buffer, end.byteOffset).getUint32(0, true);
  if (length > Math.min(size - 12, LONGEST_FOOTER))
    throw damaged(source, `a footer of ${length} bytes in a file of ${size}`, size - 8);
  const start = size - 8 - length;
  return parseFooter(await source.slice(start, size - 8), size, (what, at) => damaged(source, what, start + at));
}

/** Of files without such a column the footer is at fault, which ends the file. */
function chunkOf(source: ByteSource, { columns }: RowGroup, path: string): ColumnChunk {
  const column = columns.find((one) => one.path === path);
  if (column) return column;
  const known = columns.map((one) => one.path).join(', ');
  throw damaged(source, `it has no column "${path}" but ${known}`, source.size - 8);
}

async function valuesOf(source: ByteSource, group: RowGroup, path: string): Promise<ColumnValue[]> {
  const column = chunkOf(source, group, path);
  const piece = await source.slice(column.start, column.start + column.bytes);
  return columnValues(piece, column, group.rows, (what, at) => damaged(source, what, column.start + at));
}

function damaged({ name }: ByteSource, fault: string, offset: number): DamagedFileError {
  return new DamagedFileError('readParquet', { file: name, offset, fault });
}

function textOf(bytes: Uint8Array): string {
  return String.fromCharCode(...bytes);
}
