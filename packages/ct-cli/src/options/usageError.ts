/** A mistake in how the command was called: the program says so in a sentence and exits with 2. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}
