/**
 * The machine that pickles are written for, of protocols 2 to 5, but for what makes it dangerous: names of classes and
 * functions stay names, and what is called or built is up to a host that knows a closed list. The stack is an array,
 * so that no depth of nesting ends in a recursion; every value is counted.
 *
 * Source: Lib/pickletools.py of CPython, which documents each opcode.
 */

import type { Allowance } from '../allowance.js';
import type { Cursor } from '../cursor.js';
import { decodeText, quote } from '../decodeText.js';
import type { TorchFileError, TorchFileErrorCode } from '../torchFileError.js';
import type { Value } from './values.js';
import { GlobalName, kindOf, Tuple, Unread } from './values.js';

/** What decides on everything that a pickle wants beyond plain values. `fail` makes errors that name the byte. */
export interface PickleHost {
  /** A class or function. */
  global(name: string, spot: Spot): Value;
  /** A call of one. */
  call(callee: Value, args: Tuple, spot: Spot): Value;
  /** What lies outside the pickle. */
  persistent(id: Value, spot: Spot): Value;
}

/** The opcode that is being read. */
export interface Spot {
  /** Its byte in the file. */
  readonly byte: number;
  /** Makes an error about it. */
  readonly fail: (message: string, code?: TorchFileErrorCode) => TorchFileError;
  /** Counts values that are made beside what the opcode gives. */
  readonly takeValue: (moreBytes?: number) => void;
}

/** No name of a class or function is as long. */
const MAX_LINE = 1024;
/** Names are shorter, and so is what scripts save of their settings. */
const MAX_TEXT = 2 ** 20;
/** PyTorch writes one number of more than eight bytes: ten, that begin an old file. */
const MAX_INTEGER_BYTES = 32;

/** What a tuple takes beyond another value, and an empty dictionary. */
const [OBJECT_BYTES, DICTIONARY_BYTES] = [96, 256];

const NO_ITEMS = new Tuple([]);
const BYTES = new Unread('bytes', false);
const SET = new Unread('a set', false);

/**
 * Reads one pickle, up to and with its STOP; the cursor stands behind it then.
 *
 * @throws TorchFileError `truncated`, `invalid-pickle`, `too-large`, and what the host throws.
 */
export function unpickle(cursor: Cursor, host: PickleHost, allowance: Allowance): Value {
  return new Machine(cursor, host, allowance).run();
}

class Machine implements Spot {
  readonly cursor: Cursor;
  private readonly host: PickleHost;
  private readonly allowance: Allowance;
  private readonly stack: Value[] = [];
  private readonly marks: number[] = [];
  private readonly memo = new Map<number, Value>();
  /** Where the current opcode stands. */
  private at = 0;

  constructor(cursor: Cursor, host: PickleHost, allowance: Allowance) {
    this.cursor = cursor;
    this.host = host;
    this.allowance = allowance;
  }

  run(): Value {
    for (;;) {
      this.at = this.cursor.position;
      const opcode = this.cursor.u8();
      if (opcode === 0x2e) return this.end();
      const act = OPCODES[opcode];
      if (act === undefined) throw this.fail(`opcode 0x${opcode.toString(16)} is not one of torch.save's`);
      act(this);
    }
  }

  get byte(): number {
    return this.cursor.byteAt(this.at);
  }

  readonly fail: Spot['fail'] = (message, code = 'invalid-pickle') => this.cursor.error(code, message, this.at);

  readonly takeValue = (moreBytes?: number): void =>
    this.allowance.takeValue({ byte: this.byte, field: this.cursor.field }, moreBytes);

  push(value: Value): void {
    this.takeValue();
    this.stack.push(value);
  }

  /** The last value, which no mark stands behind. */
  pop(): Value {
    this.top();
    return this.stack.pop()!;
  }

  top(): Value {
    if (this.stack.length <= (this.marks.at(-1) ?? 0)) throw this.fail('takes a value where there is none');
    return this.stack.at(-1)!;
  }

  mark(): void {
    this.takeValue();
    this.marks.push(this.stack.length);
  }

  /** The values since the last mark, which goes. */
  popMark(): Value[] {
    const from = this.marks.pop();
    if (from === undefined) throw this.fail('goes back to a mark where there is none');
    return this.stack.splice(from);
  }

  popTuple(length: number): void {
    const from = this.stack.length - length;
    if (from < (this.marks.at(-1) ?? 0)) throw this.fail('takes a value where there is none');
    this.tuple(this.stack.splice(from));
  }

  tuple(items: readonly Value[]): void {
    this.takeValue(OBJECT_BYTES);
    this.push(new Tuple(items));
  }

  remember(index: number): void {
    this.takeValue();
    this.memo.set(index, this.top());
  }

  memoize(): void {
    this.remember(this.memo.size);
  }

  recall(index: number): void {
    const value = this.memo.get(index);
    if (value === undefined) throw this.fail(`recalls value ${index}, which was not remembered`);
    this.push(value);
  }

  text(bytes: Uint8Array): void {
    if (bytes.length > MAX_TEXT) throw this.fail(`a text of ${bytes.length} bytes`, 'too-large');
    // One sign that needs two bytes makes all of them take two.
    this.takeValue(2 * bytes.length);
    const text = decodeText(bytes);
    if (text === undefined) throw this.fail('a text is not UTF-8');
    this.push(text);
  }

  /** Bytes are never weights: those lie beside the pickle. */
  bytes(count: number): void {
    this.cursor.skip(count);
    this.push(BYTES);
  }

  dictionary(): void {
    this.takeValue(DICTIONARY_BYTES);
    this.push(new Map());
  }

  integer(bytes: number): void {
    if (bytes > MAX_INTEGER_BYTES) throw this.fail(`an integer of ${bytes} bytes`);
    let value = 0n;
    // What is made on the way, a number for each byte, is counted with it.
    this.takeValue(OBJECT_BYTES);
    const digits = this.cursor.take(bytes);
    for (let i = bytes - 1; i >= 0; i--) value = (value << 8n) | BigInt(digits[i]!);
    value = BigInt.asIntN(8 * bytes, value);
    this.push(Number.isSafeInteger(Number(value)) ? Number(value) : value);
  }

  append(values: readonly Value[]): void {
    const list = this.top();
    if (list instanceof Unread) return;
    if (!Array.isArray(list)) throw this.fail(`appends to ${kindOf(list)}`);
    for (const value of values) list.push(value);
  }

  setItems(items: readonly Value[]): void {
    const map = this.top();
    if (items.length % 2 !== 0) throw this.fail('sets a key without a value');
    if (map instanceof Unread) return;
    if (!(map instanceof Map)) throw this.fail(`sets items of ${kindOf(map)}`);
    for (let i = 0; i < items.length; i += 2) map.set(items[i]!, items[i + 1]!);
  }

  addItems(): void {
    this.popMark();
    const set = this.top();
    if (!(set instanceof Unread)) throw this.fail(`adds to ${kindOf(set)}`);
  }

  global(module: string | undefined, name: string | undefined): void {
    if (module === undefined || name === undefined) throw this.fail('names a class in bytes that are not UTF-8');
    this.push(this.host.global(`${module}.${name}`, this));
  }

  stackGlobal(): void {
    const [name, module] = [this.pop(), this.pop()];
    if (typeof name !== 'string' || typeof module !== 'string') throw this.fail('names a class by what is no text');
    if (name.length + module.length > MAX_LINE) throw this.fail('names a class at too great length');
    this.global(module, name);
  }

  call(): void {
    const args = this.pop();
    const callee = this.pop();
    if (!(args instanceof Tuple)) throw this.fail(`calls with ${kindOf(args)} for arguments`);
    this.push(this.host.call(callee, args, this));
  }

  /** Attributes of an object: those of dictionaries (`_metadata` of a state dict) say nothing about weights. */
  build(): void {
    this.pop();
    const target = this.top();
    if (!(target instanceof Map || target instanceof Unread)) throw this.fail(`sets attributes of ${kindOf(target)}`);
  }

  persistent(): void {
    this.push(this.host.persistent(this.pop(), this));
  }

  protocol(version: number): void {
    if (version < 2 || version > 5) throw this.fail(`protocol ${version}; torch.save writes 2 to 5`, 'unsupported');
  }

  private end(): Value {
    const value = this.pop();
    if (this.stack.length > 0 || this.marks.length > 0) throw this.fail('ends with values left over');
    if (value instanceof GlobalName) throw this.fail(`holds nothing but the name ${quote(value.name)}`);
    return value;
  }
}

/** What each opcode does; those that torch.save never writes are missing. */
const OPCODES: Readonly<Record<number, (machine: Machine) => void>> = {
  /* MARK */ 0x28: (m) => m.mark(),
  /* POP */ 0x30: (m) => void m.pop(),
  /* POP_MARK */ 0x31: (m) => void m.popMark(),
  /* DUP */ 0x32: (m) => m.push(m.top()),
  /* BINBYTES */ 0x42: (m) => m.bytes(m.cursor.u32()),
  /* SHORT_BINBYTES */ 0x43: (m) => m.bytes(m.cursor.u8()),
  /* BINFLOAT */ 0x47: (m) => m.push(m.cursor.f64()),
  /* BININT */ 0x4a: (m) => m.push(m.cursor.i32()),
  /* BININT1 */ 0x4b: (m) => m.push(m.cursor.u8()),
  /* BININT2 */ 0x4d: (m) => m.push(m.cursor.u16()),
  /* NONE */ 0x4e: (m) => m.push(null),
  /* BINPERSID */ 0x51: (m) => m.persistent(),
  /* REDUCE */ 0x52: (m) => m.call(),
  /* BINSTRING */ 0x54: (m) => m.text(m.cursor.take(m.cursor.u32())),
  /* SHORT_BINSTRING */ 0x55: (m) => m.text(m.cursor.take(m.cursor.u8())),
  /* BINUNICODE */ 0x58: (m) => m.text(m.cursor.take(m.cursor.u32())),
  /* EMPTY_LIST */ 0x5d: (m) => m.push([]),
  /* APPEND */ 0x61: (m) => m.append([m.pop()]),
  /* BUILD */ 0x62: (m) => m.build(),
  /* GLOBAL */ 0x63: (m) => m.global(decodeText(m.cursor.line(MAX_LINE)), decodeText(m.cursor.line(MAX_LINE))),
  /* DICT */ 0x64: (m) => {
    const items = m.popMark();
    m.dictionary();
    m.setItems(items);
  },
  /* EMPTY_DICT */ 0x7d: (m) => m.dictionary(),
  /* APPENDS */ 0x65: (m) => m.append(m.popMark()),
  /* BINGET */ 0x68: (m) => m.recall(m.cursor.u8()),
  /* LONG_BINGET */ 0x6a: (m) => m.recall(m.cursor.u32()),
  /* LIST */ 0x6c: (m) => m.push(m.popMark()),
  /* BINPUT */ 0x71: (m) => m.remember(m.cursor.u8()),
  /* LONG_BINPUT */ 0x72: (m) => m.remember(m.cursor.u32()),
  /* SETITEM */ 0x73: (m) => {
    const value = m.pop();
    m.setItems([m.pop(), value]);
  },
  /* TUPLE */ 0x74: (m) => m.tuple(m.popMark()),
  /* EMPTY_TUPLE */ 0x29: (m) => m.push(NO_ITEMS),
  /* SETITEMS */ 0x75: (m) => m.setItems(m.popMark()),
  /* PROTO */ 0x80: (m) => m.protocol(m.cursor.u8()),
  /* NEWOBJ */ 0x81: (m) => m.call(),
  /* TUPLE1 */ 0x85: (m) => m.popTuple(1),
  /* TUPLE2 */ 0x86: (m) => m.popTuple(2),
  /* TUPLE3 */ 0x87: (m) => m.popTuple(3),
  /* NEWTRUE */ 0x88: (m) => m.push(true),
  /* NEWFALSE */ 0x89: (m) => m.push(false),
  /* LONG1 */ 0x8a: (m) => m.integer(m.cursor.u8()),
  /* LONG4 */ 0x8b: (m) => m.integer(m.cursor.u32()),
  /* SHORT_BINUNICODE */ 0x8c: (m) => m.text(m.cursor.take(m.cursor.u8())),
  /* BINUNICODE8 */ 0x8d: (m) => m.text(m.cursor.take(m.cursor.u64())),
  /* BINBYTES8 */ 0x8e: (m) => m.bytes(m.cursor.u64()),
  /* EMPTY_SET */ 0x8f: (m) => m.push(SET),
  /* ADDITEMS */ 0x90: (m) => m.addItems(),
  /* STACK_GLOBAL */ 0x93: (m) => m.stackGlobal(),
  /* MEMOIZE */ 0x94: (m) => m.memoize(),
  /* FRAME */ 0x95: (m) => void m.cursor.u64(),
};
