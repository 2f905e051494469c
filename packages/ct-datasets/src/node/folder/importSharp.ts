/**
 * The optional package sharp, which decodes images.
 */
import type { Sharp, SharpOptions } from 'sharp';

/** What is called of sharp: an image of a file's bytes. */
export type SharpFunction = (source: Uint8Array, options: SharpOptions) => Sharp;

/**
 * Loads sharp.
 *
 * @throws Error when it is not installed.
 */
export async function importSharp(): Promise<SharpFunction> {
  try {
    return (await import('sharp')).default;
  } catch (cause) {
    const reason = cause instanceof Error ? (cause.message.split('\n')[0] ?? '') : String(cause);
    throw new Error(
      `imageFolder: decoding images needs the optional package sharp, which cannot be loaded (${reason}); ` +
        'install it with: npm install sharp',
      { cause },
    );
  }
}
