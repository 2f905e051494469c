/**
 * Names of files that come from somebody else.
 */
import { show } from '../describe.js';
import { encodeUtf8 } from '../platform.js';

/** Bytes that file systems allow a name, less room for what is put around it. */
const LONGEST = 200;

/**
 * Checks that a text is the name of a file in a folder, and nothing that leads out of it.
 *
 * @throws TypeError when it is no text, RangeError when it is empty, too long, `.` or `..`, or has separators or
 * control characters.
 */
export function checkFileName(caller: string, name: string, value: unknown): asserts value is string {
  if (typeof value !== 'string')
    throw new TypeError(`${caller}: ${name} must be the name of a file, got ${show(value)}`);
  const isName =
    value !== '' &&
    value !== '.' &&
    value !== '..' &&
    !/[/\\\p{Cc}\p{Surrogate}]/u.test(value) &&
    encodeUtf8(value).length <= LONGEST;
  if (!isName)
    throw new RangeError(
      `${caller}: ${name} must be the name of a file, without separators and control characters and of at ` +
        `most ${LONGEST} bytes, got ${show(value)}`,
    );
}
