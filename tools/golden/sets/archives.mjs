// Writers of small archives for tests: what the readers of ct-datasets read, byte for byte in the formats' layouts.
import { zipSync, zlibSync } from 'fflate';
import { parquetWriteBuffer } from 'hyparquet-writer';
import { Buffer } from 'node:buffer';
import { TextEncoder } from 'node:util';
import { gzipSync } from 'node:zlib';
import { pack } from 'tar-stream';

/** @param {Uint8Array | string} content */
const bytesOf = (content) => (typeof content === 'string' ? new TextEncoder().encode(content) : content);

/**
 * A zip archive, stored or deflated.
 *
 * @type {typeof import('./index.mjs').zipOf}
 */
export function zipOf(tree, level = 6) {
  return zipSync(Object.fromEntries(Object.entries(tree).map(([path, content]) => [path, bytesOf(content)])), {
    level,
  });
}

/**
 * A tar archive.
 *
 * @type {typeof import('./index.mjs').tarOf}
 */
export async function tarOf(tree) {
  const writer = pack();
  /** @type {Uint8Array[]} */
  const parts = [];
  const read = (async () => {
    for await (const part of writer) parts.push(part);
  })();
  for (const [path, content] of Object.entries(tree)) writer.entry({ name: path }, Buffer.from(bytesOf(content)));
  writer.finalize();
  await read;
  return new Uint8Array(Buffer.concat(parts));
}

/**
 * A gzipped tar archive.
 *
 * @type {typeof import('./index.mjs').tgzOf}
 */
export async function tgzOf(tree) {
  return new Uint8Array(gzipSync(await tarOf(tree), { level: 1 }));
}

/**
 * An array of NumPy, version 1.0, little-endian.
 *
 * @type {typeof import('./index.mjs').npyOf}
 */
export function npyOf(type, shape, values) {
  const descr = type === 'u1' ? '|u1' : '<i8';
  const sides = shape.length === 1 ? `${shape[0]},` : shape.join(', ');
  const text = `{'descr': '${descr}', 'fortran_order': False, 'shape': (${sides}), }`;
  const header = `${text.padEnd(Math.ceil((text.length + 11) / 64) * 64 - 11)}\n`;
  const width = type === 'u1' ? 1 : 8;
  const file = new Uint8Array(10 + header.length + values.length * width);
  file.set(Uint8Array.from('\x93NUMPY\x01\x00', (mark) => mark.charCodeAt(0)));
  const view = new DataView(file.buffer);
  view.setUint16(8, header.length, true);
  file.set(bytesOf(header), 10);
  const start = 10 + header.length;
  if (type === 'u1') file.set(Uint8Array.from(values), start);
  else for (let i = 0; i < values.length; i++) view.setBigInt64(start + 8 * i, BigInt(values[i]), true);
  return file;
}

/**
 * A file of MATLAB, version 5, of rows of small whole numbers, each packed as MATLAB packs them or not.
 *
 * @type {typeof import('./index.mjs').matOf}
 */
export function matOf(arrays, packed) {
  const header = new Uint8Array(128).fill(32);
  header.set(bytesOf('MATLAB 5.0 MAT-file'));
  header.set([0, 1], 124);
  header.set(bytesOf('IM'), 126);
  const elements = Object.entries(arrays).map(([name, values]) => {
    const flags = element(6, Uint32Array.of(9, 0));
    const sides = element(5, Int32Array.of(1, values.length));
    const matrix = element(14, joined([flags, sides, element(1, bytesOf(name)), element(4, Uint16Array.from(values))]));
    if (!packed) return matrix;
    const body = zlibSync(matrix);
    const file = new Uint8Array(8 + body.length);
    new DataView(file.buffer).setUint32(0, 15, true);
    new DataView(file.buffer).setUint32(4, body.length, true);
    file.set(body, 8);
    return file;
  });
  return joined([header, ...elements]);
}

/**
 * @param {number} type
 * @param {Uint8Array | Uint16Array | Uint32Array | Int32Array} values
 */
function element(type, values) {
  const body = new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
  const isSmall = body.length > 0 && body.length <= 4;
  const file = new Uint8Array(isSmall ? 8 : 8 + Math.ceil(body.length / 8) * 8);
  const view = new DataView(file.buffer);
  if (isSmall) view.setUint32(0, (body.length << 16) | type, true);
  else view.setUint32(0, type, true);
  if (!isSmall) view.setUint32(4, body.length, true);
  file.set(body, isSmall ? 4 : 8);
  return file;
}

/** @param {readonly Uint8Array[]} parts */
function joined(parts) {
  return new Uint8Array(Buffer.concat(parts));
}

/**
 * A Parquet file of images as Hugging Face writes them: a column of `{bytes, path}`, and one of class numbers.
 *
 * @type {typeof import('./index.mjs').parquetOf}
 */
export function parquetOf(images, labels, rowGroupSize = 3) {
  const buffer = parquetWriteBuffer({
    schema: [
      { name: 'root', num_children: 2 },
      { name: 'image', num_children: 2, repetition_type: 'OPTIONAL' },
      { name: 'bytes', type: 'BYTE_ARRAY', repetition_type: 'OPTIONAL' },
      { name: 'path', type: 'BYTE_ARRAY', converted_type: 'UTF8', repetition_type: 'OPTIONAL' },
      { name: 'labels', type: 'INT64', repetition_type: 'OPTIONAL' },
    ],
    columnData: [
      { name: 'image', data: images.map((bytes, i) => ({ bytes, path: `${i}.jpg` })) },
      { name: 'labels', data: labels.map(BigInt) },
    ],
    rowGroupSize,
  });
  return new Uint8Array(buffer);
}
