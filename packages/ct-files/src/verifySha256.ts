/**
 * Bytes that are those expected, or an error that names both sums.
 */
import {
  bytes as bytesSchema,
  check,
  filledText,
  hashOf,
  options as optionsOf,
  satisfying,
} from '@curvature-tuning/checks';
import type { Entries } from '@curvature-tuning/checks';

/** How {@link verifySha256} speaks. */
export interface VerifyOptions {
  /** Begins the message of an error, who expected what: `loadPretrained: expected "resnet14.mnist"`. */
  readonly subject?: string | undefined;
}

export const verifySha256Arguments: Entries<{ bytes: Uint8Array; sha256: string; options: VerifyOptions }> = {
  bytes: bytesSchema,
  sha256: satisfying(filledText, isSha256, { expects: 'the 64 hexadecimal digits of a SHA-256' }),
  options: optionsOf<VerifyOptions>({ subject: filledText }),
};

/** Whether a text is a SHA-256 in hexadecimal digits, of either case. */
export function isSha256(text: string): boolean {
  return /^[0-9a-f]{64}$/i.test(text);
}

/** @throws Error when `bytes` have another SHA-256. */
export async function verifySha256(bytes: Uint8Array, sha256: string, options: VerifyOptions = {}): Promise<void> {
  check('verifySha256', verifySha256Arguments, { bytes, sha256, options });
  const got = await hashOf(bytes);
  if (got === sha256.toLowerCase()) return;
  const subject = options.subject ?? 'verifySha256: expected the file';
  throw new Error(`${subject} to have SHA-256 ${sha256}, got ${got}; the file is damaged or another one`);
}
