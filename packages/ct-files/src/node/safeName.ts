/**
 * Names that may become a file in a folder, on every system, and nothing else.
 */
import { check, text } from '@curvature-tuning/checks';
import type { Entries } from '@curvature-tuning/checks';

// Windows opens its devices under these names in every folder, whatever the extension.
const DEVICE = /^(con|prn|aux|nul|com[0-9¹²³]|lpt[0-9¹²³]|conin\$|conout\$)(\..*)?$/i;

export const isFileNameArguments: Entries<{ name: string }> = { name: text };

/**
 * Whether a text is the name of a file or folder in the folder it is joined to, on every system: one component, no
 * path, no device, and at most 180 bytes, which leaves room for what is put around it.
 */
export function isFileName(name: string): boolean {
  check('isFileName', isFileNameArguments, { name });
  // Windows forbids these signs, and drops spaces and dots at the end.
  return !/[/\\:*?"<>|\p{Cc}]|^\.*$|[ .]$/u.test(name) && !DEVICE.test(name) && Buffer.byteLength(name) <= 180;
}

/**
 * `name`, if it is the name of a file or folder in the folder it is joined to: one component, no path.
 *
 * @throws RangeError that quotes the name.
 */
export function safeName(name: string, caller: string): string {
  if (!isFileName(name)) {
    throw new RangeError(
      `${caller}: expected the name of a file, without folders, devices and signs that some systems forbid, ` +
        `got ${JSON.stringify(name)}; rename it`,
    );
  }
  return name;
}
