/**
 * The grammar of a header: an object of objects with three known fields. It is read by a parser of its own, since
 * `JSON.parse` keeps the last of two equal keys without a word, rounds integers above 2^53, and builds whatever
 * a hostile header nests. This one refuses at the first character that does not belong.
 */

import type { SafetensorsErrorCode } from './safetensorsError.js';
import { SafetensorsError } from './safetensorsError.js';

/** Where a tensor lies: `begin` and `end` count bytes from the end of the header. */
export interface TensorInfo {
  readonly dtype: string;
  readonly shape: readonly number[];
  readonly begin: number;
  readonly end: number;
}

/** The header as read: names in file order; offsets and dtypes not yet checked against each other or the file. */
export interface Header {
  readonly tensors: Map<string, TensorInfo>;
  readonly metadata: Record<string, string>;
}

/**
 * Reads the JSON text of a header.
 *
 * Stricter than the reference, which keeps the last of two equal names and ignores fields it does not know.
 *
 * @throws SafetensorsError `invalid-header`, `duplicate-key`, `invalid-name`, `invalid-metadata`, `invalid-shape`,
 * `invalid-offsets` or `overflow`.
 */
export function parseHeader(text: string): Header {
  const cursor = new Cursor(text);
  const tensors = new Map<string, TensorInfo>();
  let metadata: Record<string, string> = {};
  cursor.object('the header', 'invalid-header', (name) => {
    if (name !== '__metadata__') tensors.set(name, parseTensorInfo(cursor, name));
    // The reference reads null as none.
    else if (!cursor.null()) metadata = parseMetadata(cursor);
  });
  cursor.end();
  return { tensors, metadata };
}

/**
 * Refuses names that could harm or could not be written back.
 *
 * @throws SafetensorsError `invalid-name`
 */
export function checkName(name: string, subject: string): void {
  if (name === '__proto__') {
    throw new SafetensorsError(
      'invalid-name',
      `${subject}: the name "__proto__" is refused: as a key of an object it would replace the prototype`,
    );
  }
  // With the u flag a class matches whole code points, so what it finds is half a pair.
  if (/\p{Surrogate}/u.test(name)) {
    throw new SafetensorsError(
      'invalid-name',
      `${subject}: ${quote(name)} holds half a surrogate pair, which UTF-8 cannot hold`,
    );
  }
}

/** Quotes a string for a message, at most 60 characters of it. */
export function quote(text: string): string {
  return JSON.stringify(text.length > 60 ? `${text.slice(0, 60)}...` : text);
}

function parseMetadata(cursor: Cursor): Record<string, string> {
  const entries: [string, string][] = [];
  cursor.object('"__metadata__"', 'invalid-metadata', (key) => {
    const value = cursor.string(`the value of "__metadata__" key ${quote(key)}`, 'invalid-metadata');
    // What is read can be written again.
    if (/\p{Surrogate}/u.test(value)) {
      throw new SafetensorsError(
        'invalid-metadata',
        `parseSafetensors: the value of "__metadata__" key ${quote(key)} holds half a surrogate pair`,
      );
    }
    entries.push([key, value]);
  });
  return Object.fromEntries(entries);
}

function parseTensorInfo(cursor: Cursor, name: string): TensorInfo {
  const subject = `tensor ${quote(name)}`;
  let dtype: string | undefined;
  let shape: number[] | undefined;
  let offsets: number[] | undefined;
  cursor.object(subject, 'invalid-header', (field) => {
    if (field === 'dtype') dtype = cursor.string(`the dtype of ${subject}`, 'invalid-header');
    else if (field === 'shape') shape = cursor.integers(`a dimension of ${subject}`, 'invalid-shape');
    else if (field === 'data_offsets') offsets = cursor.integers(`an offset of ${subject}`, 'invalid-offsets');
    else
      throw new SafetensorsError(
        'invalid-header',
        `parseSafetensors: ${subject} has the unknown field ${quote(field)}; expected dtype, shape and data_offsets`,
      );
  });
  if (dtype === undefined || shape === undefined || offsets === undefined) {
    throw new SafetensorsError(
      'invalid-header',
      `parseSafetensors: ${subject} lacks one of dtype, shape and data_offsets`,
    );
  }
  const [begin, end] = offsets;
  if (begin === undefined || end === undefined || offsets.length > 2) {
    throw new SafetensorsError(
      'invalid-offsets',
      `parseSafetensors: ${subject} must have two data_offsets, got ${offsets.length}`,
    );
  }
  return { dtype, shape, begin, end };
}

/** A position in the text, and the few productions of JSON that a header may hold. */
class Cursor {
  private readonly text: string;
  private at = 0;

  constructor(text: string) {
    this.text = text;
  }

  /** Reads an object and calls `onKey` with each key, the cursor standing at its value. */
  object(subject: string, code: SafetensorsErrorCode, onKey: (key: string) => void): void {
    const seen = new Set<string>();
    this.expect('{', `"{" to begin ${subject}`, code);
    if (this.skip('}')) return;
    do {
      const key = this.string(`a name in ${subject}`, code);
      checkName(key, `parseSafetensors: ${subject}`);
      if (seen.has(key)) {
        throw new SafetensorsError('duplicate-key', `parseSafetensors: ${subject} has the name ${quote(key)} twice`);
      }
      seen.add(key);
      this.expect(':', `":" after ${quote(key)}`, 'invalid-header');
      onKey(key);
    } while (this.skip(','));
    this.expect('}', `"," or "}" in ${subject}`, 'invalid-header');
  }

  /** Reads null if it comes next, and tells whether it did. */
  null(): boolean {
    this.space();
    if (!this.text.startsWith('null', this.at)) return false;
    this.at += 4;
    return true;
  }

  string(expected: string, code: SafetensorsErrorCode): string {
    this.expect('"', `${expected}, a string`, code);
    const begin = this.at - 1;
    let c = this.text.charCodeAt(this.at);
    while (c !== 0x22 && this.at < this.text.length) {
      this.at += c === 0x5c ? 2 : 1; // what a backslash escapes ends no string
      c = this.text.charCodeAt(this.at);
    }
    this.at += 1;
    try {
      return JSON.parse(this.text.slice(begin, this.at)) as string;
    } catch {
      this.at = begin;
      this.fail(`${expected}, a JSON string`, 'invalid-header');
    }
  }

  /** Reads an array of integers of at least 0. */
  integers(expected: string, code: SafetensorsErrorCode): number[] {
    const values: number[] = [];
    this.expect('[', `${expected}, in an array`, code);
    if (this.skip(']')) return values;
    do values.push(this.integer(expected, code));
    while (this.skip(','));
    this.expect(']', '"," or "]"', 'invalid-header');
    return values;
  }

  end(): void {
    this.space();
    if (this.at < this.text.length) this.fail('nothing after the header object', 'invalid-header');
  }

  fail(expected: string, code: SafetensorsErrorCode): never {
    const got = this.at < this.text.length ? quote(this.text.slice(this.at, this.at + 20)) : 'the end';
    throw new SafetensorsError(
      code,
      `parseSafetensors: expected ${expected}, got ${got} at character ${this.at} of the header`,
    );
  }

  private integer(expected: string, code: SafetensorsErrorCode): number {
    this.space();
    const number = /-?[0-9][0-9.eE+-]*/y;
    number.lastIndex = this.at;
    const token = number.exec(this.text)?.[0] ?? '';
    if (!/^(0|[1-9][0-9]*)$/.test(token)) this.fail(`${expected}, an integer of at least 0`, code);
    const value = Number(token);
    if (!Number.isSafeInteger(value)) this.fail(`${expected}, at most 2^53 - 1`, 'overflow');
    this.at += token.length;
    return value;
  }

  private expect(character: string, expected: string, code: SafetensorsErrorCode): void {
    if (!this.skip(character)) this.fail(expected, code);
  }

  private skip(character: string): boolean {
    this.space();
    if (this.text[this.at] !== character) return false;
    this.at += 1;
    return true;
  }

  private space(): void {
    for (let c = this.text.charCodeAt(this.at); c === 0x20 || c === 0x0a || c === 0x0d || c === 0x09;) {
      this.at += 1;
      c = this.text.charCodeAt(this.at);
    }
  }
}
