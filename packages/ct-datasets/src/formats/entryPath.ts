/**
 * Where the entry of an archive may be put: names in archives are whatever somebody wrote into them.
 */
import { DamagedFileError } from './damagedFile.js';
import { printable } from '../printable.js';

// Names that mean devices on Windows, whatever comes after a dot.
const DEVICES = /^(con|prn|aux|nul|com\d|lpt\d)(\..*)?$/i;

/**
 * The path of an entry, which begins at byte `start` of its archive, below the folder it is unpacked to, with forward
 * slashes; undefined for the folder itself.
 *
 * @throws DamagedFileError for a name that leads out of the folder, or that not every system can have.
 */
export function entryPath(
  name: string,
  { archive: file, start: offset }: { archive: string; start: number },
): string | undefined {
  const names = name.split('/').filter((part) => part !== '' && part !== '.');
  const fault = faultOf(name, names);
  if (fault !== undefined)
    throw new DamagedFileError('unpack', { file, offset, fault: `the name of its entry ${printable(name)} ${fault}` });
  return names.length === 0 ? undefined : names.join('/');
}

function faultOf(name: string, names: readonly string[]): string | undefined {
  if (name.startsWith('/') || /^[a-z]:/i.test(name)) return 'is absolute';
  if (names.includes('..')) return 'leads out of its folder';
  // eslint-disable-next-line no-control-regex -- those are what is looked for
  if (/[\\\u0000-\u001f]/.test(name)) return 'has characters that paths cannot have';
  if (names.some((part) => DEVICES.test(part))) return 'is that of a device';
  return name.length > 1024 || names.some((part) => part.length > 255) ? 'is too long' : undefined;
}
