/**
 * What the system calls an error, such as `ENOENT`.
 */

/** Whether the system gave an error one of these codes. */
export function hasCode(error: unknown, ...codes: readonly string[]): boolean {
  return error instanceof Error && 'code' in error && codes.includes(String(error.code));
}
