import { describe, expect, it } from 'vitest';
import { parseSafetensors } from './parseSafetensors.js';
import type { SafetensorsErrorCode } from './safetensorsError.js';
import { SafetensorsError } from './safetensorsError.js';
import { serializeSafetensors } from './serializeSafetensors.js';

/** A file with this header text and so many bytes of data, 0, 1, 2, ... */
function fileOf(header: string | Uint8Array, bodyBytes = 0, claimed?: bigint): Uint8Array {
  const text = typeof header === 'string' ? new TextEncoder().encode(header) : header;
  const file = new Uint8Array(8 + text.length + bodyBytes);
  new DataView(file.buffer).setBigUint64(0, claimed ?? BigInt(text.length), true);
  file.set(text, 8);
  for (let i = 0; i < bodyBytes; i++) file[8 + text.length + i] = i;
  return file;
}

const entry = (dtype: string, shape: string, offsets: string) =>
  `{"dtype":"${dtype}","shape":${shape},"data_offsets":${offsets}}`;

function codeOf(bytes: Uint8Array): SafetensorsErrorCode | 'parsed' {
  try {
    parseSafetensors(bytes);
    return 'parsed';
  } catch (error) {
    if (error instanceof SafetensorsError) return error.code;
    throw error;
  }
}

describe('parseSafetensors', () => {
  it('reads tensors, shapes and metadata', () => {
    const { tensors, metadata } = parseSafetensors(
      fileOf(
        `{"__metadata__":{"format":"pt"},"a":${entry('U8', '[2,2]', '[0,4]')},"b":${entry('I16', '[]', '[4,6]')}}  `,
        6,
      ),
    );
    expect(metadata).toEqual({ format: 'pt' });
    expect([...tensors.keys()]).toEqual(['a', 'b']);
    expect(tensors.get('a')).toEqual({ dtype: 'U8', shape: [2, 2], data: Uint8Array.of(0, 1, 2, 3) });
    expect(tensors.get('b')).toEqual({ dtype: 'I16', shape: [], data: Int16Array.of(0x0504) });
  });

  it('reads a file without tensors, and one with empty tensors in any order', () => {
    expect(parseSafetensors(fileOf('{}'))).toEqual({ tensors: new Map(), skipped: new Map(), metadata: {} });
    const { tensors } = parseSafetensors(
      fileOf(
        `{"b":${entry('F32', '[0,3]', '[1,1]')},"a":${entry('U8', '[1]', '[0,1]')},` +
          `"c":${entry('F64', '[0]', '[0,0]')}}`,
        1,
      ),
    );
    expect(tensors.get('b')?.data).toEqual(new Float32Array());
    expect(tensors.get('c')?.data).toEqual(new Float64Array());
  });

  it('accepts an ArrayBuffer, a Node Buffer and a view into a larger buffer', () => {
    const file = fileOf(`{"a":${entry('U8', '[1]', '[0,1]')}}`, 1);
    const shifted = new Uint8Array(file.length + 7);
    shifted.set(file, 3);
    for (const bytes of [file.buffer as ArrayBuffer, Buffer.from(file), shifted.subarray(3, 3 + file.length)]) {
      expect(parseSafetensors(bytes).tensors.get('a')?.data).toEqual(Uint8Array.of(0));
    }
  });

  it('views aligned bytes and copies the others', () => {
    // 69 bytes of text, padded to 72: the body begins at byte 80.
    const header =
      `{"a":${entry('F32', '[1]', '[0,4]')},"b":${entry('U8', '[1]', '[4,5]')},` +
      `"c":${entry('F32', '[1]', '[5,9]')}}`;
    const file = fileOf(header.padEnd(Math.ceil(header.length / 8) * 8), 9);
    const { tensors } = parseSafetensors(file);
    expect(tensors.get('a')?.data.buffer).toBe(file.buffer);
    expect(tensors.get('c')?.data.buffer).not.toBe(file.buffer);
    expect(tensors.get('c')?.data).toEqual(new Float32Array(Uint8Array.of(5, 6, 7, 8).buffer));
  });

  it('reads names with escapes and beyond ASCII', () => {
    const { tensors } = parseSafetensors(
      fileOf(
        `{"\\u0061\\"\\\\":${entry('U8', '[0]', '[0,0]')},"é😀":${entry('U8', '[0]', '[0,0]')},` +
          `"":${entry('U8', '[0]', '[0,0]')}}`,
      ),
    );
    expect([...tensors.keys()]).toEqual(['a"\\', 'é😀', '']);
  });

  // Bits as `Dtype::bitsize` of the reference 0.8.0 gives them, by which six bytes hold so many elements.
  it.each([
    ['F4', 12],
    ['F6_E2M3', 8],
    ['F6_E3M2', 8],
    ['BOOL', 6],
    ['U8', 6],
    ['I8', 6],
    ['F8_E5M2', 6],
    ['F8_E4M3', 6],
    ['F8_E8M0', 6],
    ['F8_E4M3FNUZ', 6],
    ['F8_E5M2FNUZ', 6],
    ['I16', 3],
    ['U16', 3],
    ['F16', 3],
    ['BF16', 3],
  ])('reads %s: %i elements in six bytes', (dtype, elements) => {
    const { tensors, skipped } = parseSafetensors(
      fileOf(`{"a":${entry(dtype, `[${elements}]`, '[0,6]')},"w":${entry('U8', '[1]', '[6,7]')}}`, 7),
    );
    expect(skipped.size).toBe(0);
    expect(tensors.get('a')).toMatchObject({ dtype, shape: [elements] });
    expect(tensors.get('a')?.data.byteLength).toBe(6);
    expect(tensors.get('w')?.data).toEqual(Uint8Array.of(6));
  });

  it('reads C64 as real and imaginary parts in turn', () => {
    const file = serializeSafetensors([['z', { dtype: 'C64', shape: [2], data: Float32Array.of(1, -2, 3, 4) }]]);
    expect(parseSafetensors(file).tensors.get('z')).toEqual({
      dtype: 'C64',
      shape: [2],
      data: Float32Array.of(1, -2, 3, 4),
    });
  });

  it.each(['F5', 'f32', 'Q4_K', 'toString', '__proto__', ''])(
    'skips the dtype %j by name and hides nothing',
    (dtype) => {
      const { tensors, skipped } = parseSafetensors(
        fileOf(
          `{"a":${entry('U8', '[1]', '[0,1]')},"odd":${entry(dtype, '[7]', '[1,4]')},` +
            `"z":${entry('U8', '[1]', '[4,5]')}}`,
          5,
        ),
      );
      expect([...tensors.keys()]).toEqual(['a', 'z']);
      expect(tensors.get('z')?.data).toEqual(Uint8Array.of(4));
      expect([...skipped]).toEqual([
        ['odd', expect.stringContaining(`its dtype ${JSON.stringify(dtype)} is unknown; known are BOOL, F4,`)],
      ]);
      expect(() => tensors.get('odd')).toThrow(
        expect.objectContaining({
          code: 'unknown-dtype',
          message: expect.stringContaining(`tensor "odd" was skipped: its dtype ${JSON.stringify(dtype)}`) as string,
        }) as SafetensorsError,
      );
      expect(tensors.get('none')).toBeUndefined();
    },
  );

  it('reads null metadata as none, as the reference does', () => {
    const { tensors, metadata } = parseSafetensors(
      fileOf(`{ "__metadata__" : null , "a":${entry('U8', '[1]', '[0,1]')}}`, 1),
    );
    expect(metadata).toEqual({});
    expect([...tensors.keys()]).toEqual(['a']);
  });

  const good = entry('U8', '[1]', '[0,1]');
  it.each<[string, SafetensorsErrorCode, Uint8Array]>([
    ['no bytes', 'truncated', new Uint8Array()],
    ['seven bytes', 'truncated', new Uint8Array(7)],
    ['a header longer than the file', 'truncated', fileOf('{}', 0, 3n)],
    ['a page in place of the file', 'invalid-header', new TextEncoder().encode('\n<!DOCTYPE html><title>app</title>')],
    ['a header of 100 000 001 bytes', 'header-too-large', fileOf('{}', 0, 100_000_001n)],
    ['a header of 2^64 - 1 bytes', 'header-too-large', fileOf('{}', 0, 2n ** 64n - 1n)],
    ['an empty header', 'invalid-header', fileOf('')],
    ['a space before the brace', 'invalid-header', fileOf(' {}')],
    ['an array', 'invalid-header', fileOf('[]')],
    ['half an object', 'invalid-header', fileOf('{"a":')],
    ['half a string', 'invalid-header', fileOf('{"a')],
    ['a string that ends in a backslash', 'invalid-header', fileOf('{"a\\')],
    ['a bad escape', 'invalid-header', fileOf(`{"\\x":${good}}`, 1)],
    ['a raw newline in a name', 'invalid-header', fileOf(`{"\n":${good}}`, 1)],
    ['a trailing comma', 'invalid-header', fileOf(`{"a":${good},}`, 1)],
    ['text after the object', 'invalid-header', fileOf('{}x')],
    ['bytes that are not UTF-8', 'invalid-header', fileOf(Uint8Array.of(0x7b, 0x22, 0xff, 0x22, 0x7d))],
    ['a byte order mark', 'invalid-header', fileOf('\ufeff{}')],
    ['a tensor that is null', 'invalid-header', fileOf('{"a":null}')],
    ['a tensor without shape', 'invalid-header', fileOf('{"a":{"dtype":"U8","data_offsets":[0,0]}}')],
    [
      'a tensor with an unknown field',
      'invalid-header',
      fileOf('{"a":{"dtype":"U8","shape":[0],"data_offsets":[0,0],"x":1}}'),
    ],
    ['a dtype that is a number', 'invalid-header', fileOf('{"a":{"dtype":8,"shape":[0],"data_offsets":[0,0]}}')],
    ['a million open brackets', 'invalid-shape', fileOf(`{"a":{"shape":${'['.repeat(1e6)}`)],
    ['two tensors of one name', 'duplicate-key', fileOf(`{"a":${good},"a":${good}}`, 1)],
    [
      'two names equal after unescaping',
      'duplicate-key',
      fileOf(`{"a":${good},"\\u0061":${entry('U8', '[0]', '[1,1]')}}`, 1),
    ],
    ['two shapes', 'duplicate-key', fileOf('{"a":{"dtype":"U8","shape":[0],"shape":[0],"data_offsets":[0,0]}}')],
    ['two metadata', 'duplicate-key', fileOf('{"__metadata__":{},"__metadata__":{}}')],
    ['two metadata keys', 'duplicate-key', fileOf('{"__metadata__":{"a":"","a":""}}')],
    ['__proto__ as a tensor', 'invalid-name', fileOf(`{"__proto__":${good}}`, 1)],
    ['__proto__ in metadata', 'invalid-name', fileOf('{"__metadata__":{"__proto__":"x"}}')],
    ['half a surrogate pair', 'invalid-name', fileOf(`{"\\ud800":${good}}`, 1)],
    ['metadata that is a string', 'invalid-metadata', fileOf('{"__metadata__":"x"}')],
    ['metadata with a value that is null', 'invalid-metadata', fileOf('{"__metadata__":{"a":null}}')],
    ['metadata that begins as null does', 'invalid-header', fileOf('{"__metadata__":nullx}')],
    ['two metadata, one null', 'duplicate-key', fileOf('{"__metadata__":null,"__metadata__":{}}')],
    ['metadata with a number', 'invalid-metadata', fileOf('{"__metadata__":{"a":1}}')],
    ['metadata with an object', 'invalid-metadata', fileOf('{"__metadata__":{"a":{}}}')],
    ['metadata with half a surrogate pair', 'invalid-metadata', fileOf('{"__metadata__":{"a":"\\udc00"}}')],
    ['4-bit elements that end inside a byte', 'size-mismatch', fileOf(`{"a":${entry('F4', '[3]', '[0,2]')}}`, 2)],
    ['6-bit elements that end inside a byte', 'size-mismatch', fileOf(`{"a":${entry('F6_E2M3', '[2]', '[0,2]')}}`, 2)],
    ['a 4-bit tensor of 8-bit length', 'size-mismatch', fileOf(`{"a":${entry('F4', '[2]', '[0,2]')}}`, 2)],
    ['an F8_E8M0 of another size', 'size-mismatch', fileOf(`{"a":${entry('F8_E8M0', '[2]', '[0,1]')}}`, 1)],
    ['a C64 of the size of F32', 'size-mismatch', fileOf(`{"a":${entry('C64', '[1]', '[0,4]')}}`, 4)],
    [
      'an unknown dtype that leaves a gap',
      'invalid-offsets',
      fileOf(`{"a":${good},"b":${entry('F5', '[1]', '[2,3]')}}`, 3),
    ],
    [
      'an unknown dtype over another tensor',
      'invalid-offsets',
      fileOf(`{"a":${entry('U8', '[2]', '[0,2]')},"b":${entry('F5', '[1]', '[1,3]')}}`, 3),
    ],
    ['an unknown dtype past the end', 'truncated', fileOf(`{"a":${entry('F5', '[1]', '[0,2]')}}`, 1)],
    ['a negative dimension', 'invalid-shape', fileOf(`{"a":${entry('U8', '[-1]', '[0,1]')}}`, 1)],
    ['a fraction as dimension', 'invalid-shape', fileOf(`{"a":${entry('U8', '[1.0]', '[0,1]')}}`, 1)],
    ['an exponent as dimension', 'invalid-shape', fileOf(`{"a":${entry('U8', '[1e0]', '[0,1]')}}`, 1)],
    ['a leading zero', 'invalid-shape', fileOf(`{"a":${entry('U8', '[01]', '[0,1]')}}`, 1)],
    ['a string as dimension', 'invalid-shape', fileOf(`{"a":${entry('U8', '["1"]', '[0,1]')}}`, 1)],
    ['a shape that is a number', 'invalid-shape', fileOf(`{"a":${entry('U8', '1', '[0,1]')}}`, 1)],
    ['a dimension of 2^53', 'overflow', fileOf(`{"a":${entry('U8', '[9007199254740992]', '[0,1]')}}`, 1)],
    [
      'dimensions that multiply past 2^53',
      'overflow',
      fileOf(`{"a":${entry('F32', '[4294967296,4294967296,0]', '[0,0]')}}`),
    ],
    ['one offset', 'invalid-offsets', fileOf(`{"a":${entry('U8', '[1]', '[1]')}}`, 1)],
    ['three offsets', 'invalid-offsets', fileOf(`{"a":${entry('U8', '[1]', '[0,1,1]')}}`, 1)],
    ['a negative offset', 'invalid-offsets', fileOf(`{"a":${entry('U8', '[1]', '[-1,0]')}}`, 1)],
    ['an offset of 2^64', 'overflow', fileOf(`{"a":${entry('U8', '[1]', '[0,18446744073709551616]')}}`, 1)],
    [
      'offsets that run backwards',
      'invalid-offsets',
      fileOf(`{"a":${entry('U8', '[0]', '[0,0]')},"b":${entry('U8', '[1]', '[1,0]')}}`, 1),
    ],
    [
      'overlapping tensors',
      'invalid-offsets',
      fileOf(`{"a":${entry('U8', '[2]', '[0,2]')},"b":${entry('U8', '[2]', '[1,3]')}}`, 3),
    ],
    ['the same bytes twice', 'invalid-offsets', fileOf(`{"a":${good},"b":${good}}`, 1)],
    ['a gap at the beginning', 'invalid-offsets', fileOf(`{"a":${entry('U8', '[1]', '[1,2]')}}`, 2)],
    ['a gap in between', 'invalid-offsets', fileOf(`{"a":${good},"b":${entry('U8', '[1]', '[2,3]')}}`, 3)],
    ['bytes after the last tensor', 'invalid-offsets', fileOf(`{"a":${good}}`, 2)],
    ['bytes after no tensor', 'invalid-offsets', fileOf('{}', 1)],
    [
      'data that ends too early',
      'truncated',
      fileOf(`{"a":${entry('F64', '[100000000000]', '[0,800000000000]')}}`, 16),
    ],
    ['more bytes than the shape has', 'size-mismatch', fileOf(`{"a":${entry('U8', '[1]', '[0,2]')}}`, 2)],
    ['fewer bytes than the shape has', 'size-mismatch', fileOf(`{"a":${entry('F32', '[]', '[0,2]')}}`, 2)],
  ])('refuses %s as %s', (_, code, bytes) => {
    expect(codeOf(bytes)).toBe(code);
  });

  it('says what was expected, what arrived and where', () => {
    expect(() => parseSafetensors(fileOf('{"a":[]}'))).toThrow(
      'parseSafetensors: expected "{" to begin tensor "a", got "[]}" at character 5 of the header',
    );
    expect(() => parseSafetensors(fileOf(`{"fc":${entry('F32', '[2]', '[0,4]')}}`, 4))).toThrow(
      'parseSafetensors: tensor "fc": F32 of its shape takes 8 bytes, its offsets give 4',
    );
  });
});
