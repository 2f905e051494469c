/**
 * Errors of a function that another one is made of, told in the name of the one that was called.
 */

/**
 * Runs `body`, and lets the messages of its errors begin with `caller` where they begin with `inner`.
 *
 *     inNameOf('tune', 'fitClassifier', () => fitClassifier(copy, train, validation));
 *     // Error: tune: train has no images, in place of: fitClassifier: train has no images
 *
 * The errors stay the same objects, of the same class.
 */
export function inNameOf<T>(caller: string, inner: string, body: () => T): T {
  try {
    const result = body();
    return result instanceof Promise ? (result.catch((error: unknown) => rename(error, caller, inner)) as T) : result;
  } catch (error) {
    return rename(error, caller, inner);
  }
}

function rename(error: unknown, caller: string, inner: string): never {
  if (error instanceof Error && error.message.startsWith(inner))
    error.message = caller + error.message.slice(inner.length);
  throw error;
}
