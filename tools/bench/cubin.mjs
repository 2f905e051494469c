/**
 * Reads from a cubin what each compiled CUDA kernel takes of a card, and which code it is.
 *
 * A cubin is an ELF file: a kernel K has its code in `.text.K` and its shared memory in `.nv.shared.K`; `.nv.info` has
 * attributes of symbols, whose codes `cuobjdump -elf` names EIATTR_REGCOUNT and EIATTR_FRAME_SIZE.
 */
import { createHash } from 'node:crypto';

/** @typedef {import('./cubin.mjs').CompiledKernel} CompiledKernel */

const FRAME_SIZE = 0x11;
const REGISTER_COUNT = 0x2f;
/** The format of attributes that have a value of some bytes behind them. */
const SIZED = 4;
const SYMBOL_TABLE = 2;

/**
 * @param {import('node:buffer').Buffer} cubin
 * @returns {Record<string, CompiledKernel>}
 */
export function kernelsOf(cubin) {
  const sections = sectionsOf(cubin);
  const attributes = attributesOf(cubin, sections);
  return Object.fromEntries(
    sections
      .filter(({ name }) => name.startsWith('.text.'))
      .map(({ name, offset, size }) => {
        const kernel = name.slice('.text.'.length);
        const shared = sections.find((section) => section.name === `.nv.shared.${kernel}`);
        const of = (/** @type {number} */ attribute) => attributes.get(`${attribute} ${kernel}`) ?? 0;
        const code = createHash('sha256')
          .update(cubin.subarray(offset, offset + size))
          .digest('hex');
        return [
          kernel,
          { registers: of(REGISTER_COUNT), localBytes: of(FRAME_SIZE), sharedBytes: shared?.size ?? 0, code },
        ];
      }),
  );
}

/** @typedef {{ name: string, type: number, offset: number, size: number, link: number }} Section */

/**
 * @param {import('node:buffer').Buffer} elf
 * @returns {Section[]}
 */
function sectionsOf(elf) {
  const at = Number(elf.readBigUInt64LE(40));
  const [size, count, names] = [58, 60, 62].map((field) => elf.readUInt16LE(field));
  const headers = Array.from({ length: count }, (_, i) => {
    const header = elf.subarray(at + i * size);
    return {
      name: header.readUInt32LE(0),
      type: header.readUInt32LE(4),
      offset: Number(header.readBigUInt64LE(24)),
      size: Number(header.readBigUInt64LE(32)),
      link: header.readUInt32LE(40),
    };
  });
  return headers.map((header) => ({ ...header, name: textAt(elf, headers[names].offset + header.name) }));
}

/**
 * The values of .nv.info, by attribute and symbol.
 *
 * @param {import('node:buffer').Buffer} elf
 * @param {Section[]} sections
 */
function attributesOf(elf, sections) {
  const symbols = sections.find(({ type }) => type === SYMBOL_TABLE);
  const info = sections.find(({ name }) => name === '.nv.info');
  if (symbols === undefined || info === undefined)
    throw new Error('kernelsOf: expected a cubin with .nv.info, got another ELF file');
  const nameOf = (/** @type {number} */ symbol) =>
    textAt(elf, sections[symbols.link].offset + elf.readUInt32LE(symbols.offset + 24 * symbol));
  /** @type {Map<string, number>} */
  const values = new Map();
  for (let at = info.offset; at < info.offset + info.size;) {
    const [format, attribute, size] = [elf[at], elf[at + 1], elf.readUInt16LE(at + 2)];
    at += 4;
    if (format !== SIZED) continue;
    if (attribute === FRAME_SIZE || attribute === REGISTER_COUNT)
      values.set(`${attribute} ${nameOf(elf.readUInt32LE(at))}`, elf.readUInt32LE(at + 4));
    at += size;
  }
  return values;
}

/**
 * @param {import('node:buffer').Buffer} elf
 * @param {number} at
 */
function textAt(elf, at) {
  return elf.toString('latin1', at, elf.indexOf(0, at));
}
