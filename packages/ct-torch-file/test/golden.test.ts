/**
 * Files that PyTorch wrote, in every form: what they hold equals what PyTorch says, every bit of it.
 */
import { readFileSync } from 'node:fs';
import { decodeBfloat16, decodeFloat16 } from '@curvature-tuning/safetensors';
import { describe, expect, it } from 'vitest';
import type { SafeTensor } from '../src/index.js';
import { parseTorchFile, TorchFileError } from '../src/index.js';

interface Entry {
  readonly dtype: string;
  readonly shape: readonly number[];
  /** In float64, in which each of these numbers is exact; of complex ones, real and imaginary parts in turn. */
  readonly values: readonly number[];
}

const read = (name: string): Uint8Array => readFileSync(new URL(`golden/${name}`, import.meta.url));
const { files } = JSON.parse(new TextDecoder().decode(read('expected.json'))) as {
  files: Record<string, Record<string, Entry>>;
};

/** The names of PyTorch, by ours. */
const DTYPES: Readonly<Record<string, string>> = {
  F64: 'float64',
  F32: 'float32',
  F16: 'float16',
  BF16: 'bfloat16',
  I64: 'int64',
  I32: 'int32',
  I16: 'int16',
  I8: 'int8',
  U8: 'uint8',
  BOOL: 'bool',
  C64: 'complex64',
};

function numbersOf({ dtype, data }: SafeTensor): number[] {
  if (dtype === 'F16') return [...decodeFloat16(data)];
  if (dtype === 'BF16') return [...decodeBfloat16(data)];
  return Array.from(data, Number);
}

describe.each(Object.keys(files))('%s.pth', (name) => {
  // The class that with_class.pth names is left out; the others need nothing.
  const file = parseTorchFile(read(`${name}.pth`), name === 'with_class' ? { refused: 'skip' } : {});

  it('has the names, shapes, dtypes and numbers that PyTorch says, exactly', () => {
    const told = [...file.tensors].map(([key, tensor]) => [
      key,
      { dtype: DTYPES[tensor.dtype], shape: tensor.shape, values: numbersOf(tensor) },
    ]);
    expect(Object.fromEntries(told)).toEqual(files[name]);
  });

  it.each([1, 3, 7])('is the same wherever it begins in memory: shifted by %i bytes', (shift) => {
    const bytes = read(`${name}.pth`);
    const shifted = new Uint8Array(bytes.length + shift);
    shifted.set(bytes, shift);
    const again = parseTorchFile(shifted.subarray(shift), name === 'with_class' ? { refused: 'skip' } : {});
    expect([...again.tensors].map(([, tensor]) => numbersOf(tensor))).toEqual(
      [...file.tensors].map(([, tensor]) => numbersOf(tensor)),
    );
  });
});

describe('parseTorchFile', () => {
  it('says which container it was, where the state dict is and what stands before the names', () => {
    const told = (name: string) => {
      const { format, path, prefix } = parseTorchFile(read(`${name}.pth`));
      return { format, path, prefix };
    };
    expect(told('zip')).toEqual({ format: 'zip', path: '', prefix: '' });
    expect(told('deflated')).toEqual({ format: 'zip', path: '', prefix: '' });
    expect(told('legacy')).toEqual({ format: 'legacy', path: '', prefix: '' });
    expect(told('checkpoint')).toEqual({ format: 'zip', path: 'state_dict', prefix: 'module.' });
  });

  it('copies nothing that lies contiguous and aligned, and shares what the file shares', () => {
    const bytes = new Uint8Array(read('zip.pth'));
    for (const { data } of parseTorchFile(bytes).tensors.values()) expect(data.buffer).toBe(bytes.buffer);
    const { tensors } = parseTorchFile(new Uint8Array(read('views.pth')));
    expect(tensors.get('whole')?.data.buffer).toBe(tensors.get('tail')?.data.buffer);
  });

  it('leaves out quantised tensors by name, and says so to whom asks', () => {
    const { tensors, skipped } = parseTorchFile(read('quantised.pth'));
    expect([...tensors.keys()]).toEqual(['b']);
    expect([...skipped]).toEqual([['a', 'a quantised tensor; dequantise it before saving']]);
    expect(() => tensors.get('a')).toThrow(
      'parseTorchFile: "a": was skipped: a quantised tensor; dequantise it before saving',
    );
    expect(tensors.get('c')).toBeUndefined();
  });

  it('refuses classes by name, or leaves out what they make', () => {
    const message =
      'asks for "argparse.Namespace", which is not on the list of what is harmless; save model.state_dict() alone, ' +
      "or pass {refused: 'skip'} to leave out what it makes";
    expect(() => parseTorchFile(read('with_class.pth'))).toThrow(message);
    expect(() => parseTorchFile(read('module.pth'))).toThrow('asks for "torch.nn.modules.container.Sequential"');
    expect(() => parseTorchFile(read('module.pth'), { refused: 'skip' })).toThrow(
      'parseTorchFile: the checkpoint: expected a dictionary of tensors, got made by ' +
        '"torch.nn.modules.container.Sequential", which is refused',
    );
  });

  it('names the dictionaries there are when the one that is asked for is missing', () => {
    const bytes = read('checkpoint.pth');
    expect(parseTorchFile(bytes, { path: 'state_dict' }).tensors.size).toBe(9);
    expect(() => parseTorchFile(bytes, { path: 'model' })).toThrow(
      new TorchFileError(
        'no-state-dict',
        { byte: null, field: 'the checkpoint' },
        'no tensors under "model"; there are tensors under "state_dict"',
      ),
    );
  });
});
