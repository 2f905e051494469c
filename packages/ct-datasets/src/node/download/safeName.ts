/**
 * Names that may become a file in a folder, on every system, and nothing else.
 */

// Windows opens its devices under these names in every folder, whatever the extension.
const device = /^(con|prn|aux|nul|com[0-9¹²³]|lpt[0-9¹²³]|conin\$|conout\$)(\..*)?$/i;

/**
 * `name`, if it is the name of a file or folder in the folder it is joined to: one component, no path.
 *
 * @throws RangeError that quotes the name.
 */
export function safeName(name: string, caller: string): string {
  // Windows forbids these signs, and drops spaces and dots at the end.
  const isPlain = !/[/\\:*?"<>|\p{Cc}]|^\.*$|[ .]$/u.test(name) && !device.test(name) && Buffer.byteLength(name) <= 180;
  if (!isPlain) {
    throw new RangeError(
      `${caller}: expected the name of a file, without folders, devices and signs that some systems forbid, ` +
        `got ${JSON.stringify(name)}; rename it`,
    );
  }
  return name;
}
