/**
 * Parquet files of labelled images, as Hugging Face keeps data sets: a column of images, each the bytes of a JPEG or
 * PNG file, and a column of class numbers.
 */
import type { AsyncBuffer, FileMetaData } from 'hyparquet';
import type { ByteSource } from './byteSource.js';
import { DamagedFileError } from './damagedFile.js';

/** A row: an image as it lay in its file. */
export interface ParquetImage {
  readonly row: number;
  readonly label: number;
  readonly bytes: Uint8Array;
}

/** The columns' names. */
export interface ParquetColumns {
  readonly image: string;
  readonly label: string;
}

// A damaged footer may promise any number of values, each of which would be made.
const MOST_ROWS_PER_BYTE = 1;

/**
 * The images of a file, a group of rows at a time.
 *
 * @throws DamagedFileError that names the group of rows that cannot be read, or the row without image or label.
 */
export async function* readParquetImages(source: ByteSource, columns: ParquetColumns): AsyncGenerator<ParquetImage> {
  const { name, size } = source;
  const fault = (what: string, cause?: unknown): DamagedFileError =>
    new DamagedFileError('readParquet', { file: name, fault: what }, { cause });
  const file: AsyncBuffer = {
    byteLength: size,
    slice: async (start, end = size) => {
      if (!(start >= 0 && start <= end && end <= size)) throw new RangeError(`bytes ${start} to ${end} of ${size}`);
      return Uint8Array.from(await source.slice(start, end)).buffer;
    },
  };
  // Loaded where it reads: as an ES module alone it would keep CommonJS loaders from the whole package.
  const { parquetMetadataAsync, parquetReadObjects } = await import('hyparquet');
  const metadata = await parquetMetadataAsync(file).catch((cause: unknown) => {
    throw fault('it is no Parquet file, or ends too early', cause);
  });
  checkSizes(metadata, size, fault);
  let row = 0;
  for (const [group, { num_rows: rows }] of metadata.row_groups.entries()) {
    const end = row + Number(rows);
    const found = await parquetReadObjects({
      file,
      metadata,
      columns: [columns.image, columns.label],
      rowStart: row,
      rowEnd: end,
      // Images are no texts.
      utf8: false,
    }).catch((cause: unknown) => {
      throw fault(`group ${group + 1} of ${metadata.row_groups.length} of its rows cannot be read`, cause);
    });
    if (found.length !== end - row) throw fault(`group ${group + 1} has ${found.length} rows, not ${end - row}`);
    for (const cells of found) {
      const image = cells[columns.image] as { bytes?: unknown } | null | undefined;
      const label = Number(cells[columns.label] ?? NaN);
      if (!(image?.bytes instanceof Uint8Array) || !Number.isSafeInteger(label) || label < 0)
        throw fault(`row ${row} has no image in "${columns.image}" or no class number in "${columns.label}"`);
      yield { row: row++, label, bytes: image.bytes };
    }
  }
}

/** @throws Error where a damaged footer promises more than its file can hold. */
function checkSizes({ row_groups: groups }: FileMetaData, size: number, fault: (what: string) => Error): void {
  for (const { num_rows: rows, columns } of groups) {
    if (!(rows >= 0n) || Number(rows) > MOST_ROWS_PER_BYTE * size)
      throw fault(`a group of ${rows} rows does not fit its ${size} bytes`);
    for (const { meta_data: meta } of columns) {
      const unpacked = Number(meta?.total_uncompressed_size ?? 0n);
      if (!(unpacked >= 0 && unpacked <= 1032 * size) || Number(meta?.num_values ?? 0n) > 8 * size)
        throw fault(`a column of ${unpacked} bytes does not fit its ${size}`);
    }
  }
}
