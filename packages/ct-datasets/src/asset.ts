/**
 * Read a file that is shipped with this package, from disk in Node and over HTTP in a browser.
 */

/**
 * The bytes behind `url`: `file:` is read from disk, everything else (`https:`, a bundler's `data:`) is fetched.
 *
 * @throws Error when the file is missing or the server refuses.
 */
export async function readAsset(url: URL): Promise<Uint8Array> {
  if (url.protocol === 'file:') {
    // Not `import('node:fs/promises')`: webpack refuses the very sight of it in code meant for a browser.
    const { readFile } = globalThis.process.getBuiltinModule('node:fs/promises');
    return new Uint8Array(await readFile(url));
  }
  const response = await fetch(url);
  if (!response.ok) {
    throw new Error(`readAsset: ${url.href} answered ${response.status} ${response.statusText}; serve the data folder of @curvature-tuning/datasets beside its code`);
  }
  return new Uint8Array(await response.arrayBuffer());
}
