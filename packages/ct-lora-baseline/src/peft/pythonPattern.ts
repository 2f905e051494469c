/**
 * Regular expressions of Python's `re`, in which PEFT writes which modules it means, as JavaScript's. What cannot be
 * said in JavaScript is refused by name: a pattern that means something else would change other layers without a word.
 */

const WORD = String.raw`\p{L}\p{N}_`;
const EDGE = `(?<=[${WORD}])(?![${WORD}])|(?<![${WORD}])(?=[${WORD}])`;
const CLASSES: Readonly<Record<string, string>> = {
  w: `[${WORD}]`,
  W: `[^${WORD}]`,
  d: String.raw`\p{Nd}`,
  D: String.raw`\P{Nd}`,
  s: String.raw`\s`,
  S: String.raw`\S`,
  b: `(?:${EDGE})`,
  B: `(?!${EDGE})`,
  A: String.raw`(?<![\s\S])`,
  Z: String.raw`(?![\s\S])`,
  a: String.raw`\x07`,
};
const IN_CLASS: Readonly<Record<string, string>> = {
  w: WORD,
  d: CLASSES['d']!,
  D: CLASSES['D']!,
  s: CLASSES['s']!,
  S: CLASSES['S']!,
  a: CLASSES['a']!,
  b: String.raw`\x08`,
};

/**
 * Translates a pattern, to be used with the flag `u` and those returned.
 *
 * @param flags Whether the pattern may begin with flags such as `(?i)`: Python allows them nowhere else.
 * @throws Error that says which part has no counterpart; SyntaxError of JavaScript's where the whole is no pattern.
 */
export function fromPython(
  pattern: string,
  { flags: mayHaveFlags = false }: { flags?: boolean } = {},
): { source: string; flags: string } {
  const global = /^\(\?([a-zA-Z]+)\)/.exec(pattern);
  let flags = 'u';
  let at = 0;
  if (global !== null && mayHaveFlags) {
    if (/[^imsu]/.test(global[1]!)) throw new Error(`the flags "${global[0]}" have no counterpart in JavaScript`);
    flags = [...new Set(`u${global[1]!}`)].join('');
    at = global[0].length;
  }
  let source = '';
  while (at < pattern.length) {
    const [length, translated] = next(pattern, at);
    source += translated;
    at += length;
  }
  return { source, flags: new RegExp(source, flags).flags };
}

/** The part that begins here: its length, and what it is in JavaScript. */
function next(pattern: string, at: number): [number, string] {
  const rest = pattern.slice(at);
  switch (rest[0]) {
    case '\\':
      return escaped(rest, CLASSES);
    case '[':
      return characterClass(rest);
    case '(':
      return group(rest);
    case '{': {
      const [whole, low, high] = /^\{([0-9]*)(,[0-9]*)?\}/.exec(rest) ?? [];
      // Python reads braces that give no numbers as themselves.
      if (whole === undefined || whole === '{}') return [1, String.raw`\{`];
      return unpossessive(rest, whole.length, `{${low === '' ? '0' : low!}${high ?? ''}}`);
    }
    case '*':
    case '+':
    case '?':
      return unpossessive(rest, 1, rest[0]);
    case '}':
    case ']':
      return [1, `\\${rest[0]}`];
    default: {
      const character = String.fromCodePoint(rest.codePointAt(0)!);
      return [character.length, character];
    }
  }
}

function unpossessive(rest: string, length: number, translated: string): [number, string] {
  if (rest[length] === '+')
    throw new Error(`"${rest.slice(0, length + 1)}" (possessive) has no counterpart in JavaScript`);
  // A question mark after a quantifier belongs to it.
  return rest[length] === '?' ? [length + 1, `${translated}?`] : [length, translated];
}

function group(rest: string): [number, string] {
  if (rest[1] !== '?') return [1, '('];
  const named = /^\(\?P<([A-Za-z_][A-Za-z0-9_]*)>/.exec(rest);
  if (named !== null) return [named[0].length, `(?<${named[1]!}>`];
  const same = /^\(\?(?::|=|!|<=|<!)/.exec(rest)?.[0];
  if (same !== undefined) return [same.length, same];
  throw new Error(`"${/^\(\?[^)]{0,12}/.exec(rest)![0]}" has no counterpart in JavaScript`);
}

function escaped(rest: string, classes: Readonly<Record<string, string>>): [number, string] {
  const code = /^\\(?:x[0-9a-fA-F]{2}|u[0-9a-fA-F]{4})/.exec(rest)?.[0];
  if (code !== undefined) return [code.length, code];
  const character = rest.length > 1 ? String.fromCodePoint(rest.codePointAt(1)!) : '';
  const length = 1 + character.length;
  if (Object.hasOwn(classes, character)) return [length, classes[character]!];
  if (/[nrtfv]/.test(character)) return [length, `\\${character}`];
  if (character === '' || /[A-Za-z0-9]/.test(character))
    throw new Error(`"\\${character}" has no counterpart in JavaScript`);
  return [length, literal(character)];
}

function characterClass(rest: string): [number, string] {
  const opening = rest.startsWith('[^') ? '[^' : '[';
  let at = opening.length;
  let source = opening;
  // A bracket that comes first is one of the characters.
  for (let isFirst = true; isFirst || rest[at] !== ']'; isFirst = false) {
    if (at >= rest.length) throw new Error(`"${rest.slice(0, 12)}" does not end`);
    if (rest[at] === '\\') {
      const [length, translated] = escaped(rest.slice(at), IN_CLASS);
      source += translated;
      at += length;
      continue;
    }
    const character = String.fromCodePoint(rest.codePointAt(at)!);
    source += character === '-' ? character : literal(character);
    at += character.length;
  }
  return [at + 1, `${source}]`];
}

/** A character as itself; the flag `u` allows no escape but where it is needed. */
function literal(character: string): string {
  return /[\^$\\.*+?()[\]{}|/-]/.test(character)
    ? character === '-'
      ? String.raw`\x2d`
      : `\\${character}`
    : character;
}
