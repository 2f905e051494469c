/**
 * File names in messages: a name may hold line breaks, commands to a terminal and marks that turn text around.
 */

// Control characters, marks that are not seen or change the direction of text, and halves of surrogate pairs.
const UNPRINTABLE = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu;

/** `text` itself where it can be shown as it is, else in double quotes with the rest escaped as in JSON. */
export function printable(text: string): string {
  if (text.search(UNPRINTABLE) < 0) return text;
  return JSON.stringify(text).replace(UNPRINTABLE, (mark) =>
    Array.from({ length: mark.length }, (_, i) => `\\u${mark.charCodeAt(i).toString(16).padStart(4, '0')}`).join(''),
  );
}
