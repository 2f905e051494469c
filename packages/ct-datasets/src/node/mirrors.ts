/**
 * The mirrors that a machine has for all sets.
 */

/**
 * Addresses of the folder of a set on the mirrors that the environment variable `CT_DATA_MIRROR` names: one or more
 * addresses with blanks between, each of a folder that holds one folder for each set, `<address>/<set>/<file>`. They
 * are asked before those of the catalogue; what they send is held to the same sums.
 */
export function mirrorsOf(set: string): string[] {
  const named = process.env['CT_DATA_MIRROR']?.trim() ?? '';
  return named === '' ? [] : named.split(/\s+/).map((address) => `${address.replace(/\/*$/, '')}/${set}/`);
}
