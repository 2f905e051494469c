/**
 * The errors of image files.
 */
import { DamagedFileError } from '../../formats/damagedFile.js';
import { faultOffset } from '../../formats/faultOffset.js';
import { printable } from '../../printable.js';
import { reasonOf, unreadable } from './listFolder.js';

/** A file that is no image, or a damaged one: `fault` says why, `bytes` where. */
export function damagedImage(path: string, fault: string, bytes?: Uint8Array, cause?: unknown): DamagedFileError {
  const offset = bytes && faultOffset(bytes);
  return new DamagedFileError(
    'imageFolder',
    { file: path, offset, fault: printable(fault), cure: 'remove or repair it' },
    { cause },
  );
}

/** What was thrown while an image was read, as an error that names its file; one of this package as it is. */
export function imageFault(path: string, cause: unknown, bytes?: Uint8Array): Error {
  if (cause instanceof Error && cause.message.startsWith('imageFolder: ')) return cause;
  if (cause instanceof Error && 'syscall' in cause) return unreadable(path, reasonOf(cause));
  const message = cause instanceof Error ? cause.message : String(cause);
  // The last that libvips says; before it come the steps of its readers, each with the path.
  return damagedImage(path, message.trim().split('\n').at(-1)!.replace(`${path}: `, ''), bytes, cause);
}

/** @throws Error that names an image of more pixels than are allowed. */
export function checkPixels(
  path: string,
  { width, height }: { readonly width: number; readonly height: number },
  maxPixels: number,
): void {
  if (width * height > maxPixels)
    throw new Error(
      `imageFolder: cannot decode ${printable(path)} (its ${width} x ${height} = ${width * height} pixels are more ` +
        `than the ${maxPixels} of maxPixels); make it smaller, remove it, or raise maxPixels`,
    );
}
