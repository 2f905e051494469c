/**
 * Throws an error on after cleaning up. What goes wrong while cleaning up, most often of the same cause, does not hide
 * it.
 */
export function rethrow(error: unknown, ...cleanUp: (() => unknown)[]): never {
  for (const step of cleanUp) {
    try {
      step();
    } catch {
      // The first error says what is wrong.
    }
  }
  throw error;
}
