/**
 * The binary version of CIFAR: records of one or two labels and 3,072 bytes of red, then green, then blue of 32x32.
 *
 * Described at https://www.cs.toronto.edu/~kriz/cifar.html.
 */
import { DamagedFileError } from './damagedFile.js';

const PIXELS = 32 * 32;

/** Bytes of a record with `labels` labels: one of CIFAR-10, two, coarse and fine, of CIFAR-100. */
export function cifarRecordLength(labels: 1 | 2): number {
  return labels + 3 * PIXELS;
}

/**
 * The labels of a file, the last of each record: the fine one of CIFAR-100.
 *
 * @throws DamagedFileError for a file that is not made of whole records, or a label that is no class.
 */
export function cifarLabels(
  bytes: Uint8Array,
  { file, labels, classes }: { file: string; labels: 1 | 2; classes: number },
): Uint8Array {
  const length = cifarRecordLength(labels);
  const count = bytes.length / length;
  if (!Number.isInteger(count))
    throw new DamagedFileError('readCifar', {
      file,
      offset: Math.floor(count) * length,
      fault: `its ${bytes.length} bytes are not whole records of ${length}`,
    });
  return Uint8Array.from({ length: count }, (_, i) => {
    const at = i * length + labels - 1;
    const label = bytes[at]!;
    if (label < classes) return label;
    throw new DamagedFileError('readCifar', { file, offset: at, fault: `${label} is none of ${classes} classes` });
  });
}

/** The pixels `[32, 32, 3]` of a record, whose colours lie one after the other. */
export function cifarPixels(record: Uint8Array, labels: 1 | 2): Uint8Array {
  const pixels = new Uint8Array(3 * PIXELS);
  for (let channel = 0, at = labels; channel < 3; channel++)
    for (let i = channel; i < pixels.length; i += 3) pixels[i] = record[at++]!;
  return pixels;
}
