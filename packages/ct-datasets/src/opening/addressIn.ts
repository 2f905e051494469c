/**
 * Addresses of files on mirrors.
 */

/** The address of a file in the folder that is a mirror, whose query stays. */
export function addressIn(mirror: string, name: string): string {
  if (!URL.canParse(mirror))
    throw new RangeError(`loadDataset: mirrors must be addresses of folders, got ${JSON.stringify(mirror)}`);
  const url = new URL(mirror);
  url.pathname = `${url.pathname.replace(/\/*$/, '/')}${encodeURIComponent(name)}`;
  return url.href;
}
