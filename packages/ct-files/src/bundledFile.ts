/**
 * Files that ship with a package. Each is a script in the package's folder `assets`, made by
 * `tools/build/assets.mjs`, that puts its bytes, in base64, on globalThis: whatever can import a
 * module has the file, and one file serves `import` and `require`.
 */
import { check, filledText, func } from '@curvature-tuning/checks';
import type { Entries } from '@curvature-tuning/checks';

export const bundledFileArguments: Entries<{ owner: string; name: string; load: () => Promise<unknown> }> = {
  owner: filledText,
  name: filledText,
  load: func(),
};

/**
 * The bytes of a file that ships with a package.
 *
 * @param owner The package, without its scope.
 * @param name Its name.
 * @param load Imports its script: `() => import('../assets/NAME.js')`, written out, so that bundlers see it.
 * @throws Error when the script cannot be loaded, or was without effect.
 */
export async function bundledFile(owner: string, name: string, load: () => Promise<unknown>): Promise<Uint8Array> {
  check('bundledFile', bundledFileArguments, { owner, name, load });
  const subject = `bundledFile: expected "${name}", which ships with @curvature-tuning/${owner}`;
  try {
    await load();
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new Error(
      `${subject}, got "${reason}"; serve all files of the build, and 404 instead of index.html for those ` +
        'that are missing; reload a page that is older than the build',
      { cause },
    );
  }
  const texts = (globalThis as { [ASSETS]?: Record<string, string> })[ASSETS];
  const text = texts?.[`${owner}/${name}`];
  if (text === undefined)
    throw new Error(`${subject}, got a script without effect; let the bundler keep modules with side effects`);
  return decode(text);
}

const ASSETS: unique symbol = Symbol.for('@curvature-tuning/assets');

function decode(base64: string): Uint8Array {
  const characters = atob(base64);
  const bytes = new Uint8Array(characters.length);
  for (let i = 0; i < bytes.length; i++) bytes[i] = characters.charCodeAt(i);
  return bytes;
}
