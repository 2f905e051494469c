/**
 * Text for a terminal: what comes from data, file names or command lines cannot move its cursor or colour it.
 */

/** Control characters, those that turn the direction of text, and line separators. */
const UNSEEN = /[\p{Cc}\u200e\u200f\u202a-\u202e\u2028\u2029\u2066-\u2069]/gu;

/** A text of one line with all that is not seen written as escapes: `a\u001b[31m`. */
export function visible(text: string): string {
  return text.replace(UNSEEN, (character) =>
    character === '\n'
      ? '\\n'
      : character === '\t'
        ? '\\t'
        : `\\u${character.codePointAt(0)!.toString(16).padStart(4, '0')}`,
  );
}

/** The same for lines, whose breaks stay. */
export function visibleLines(text: string): string {
  return text.split('\n').map(visible).join('\n');
}

/** Writes lines to stdout: what a command found. */
export function say(text: string): void {
  process.stdout.write(`${visibleLines(text)}\n`);
}

/** Writes lines to stderr: progress, and what went wrong. */
export function remark(text: string): void {
  process.stderr.write(`${visibleLines(text)}\n`);
}
