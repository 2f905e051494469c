import { describe, expect, it } from 'vitest';
import { archive, bytesOf, dict, floats, int, pickle, storage, tensor, text } from '../test/written.js';
import { parseTorchFile } from './parseTorchFile.js';
import { TorchFileError } from './torchFileError.js';

const weight = tensor(storage('0', 2), 0, [2], [1]);
const fileOf = (...names: readonly string[]): Uint8Array =>
  archive(pickle(dict(...names.map((name) => [text(name), weight] as const))), { 0: floats(1, 2) });

describe('parseTorchFile', () => {
  it.each<[string, string[], string]>([
    ['a wrapper', ['module.conv.weight', 'module.fc.weight'], 'module.'],
    ['two of them', ['module.net.conv.weight', 'module.net.fc.weight'], 'module.net.'],
    ['none', ['conv.weight', 'fc.weight'], ''],
    ['no part of a word', ['fc1.weight', 'fc2.weight'], ''],
    ['nothing before a name alone', ['a.b', 'a'], ''],
  ])('reports what all names begin with: %s', (_, names, prefix) => {
    expect(parseTorchFile(fileOf(...names)).prefix).toBe(prefix);
  });

  it('leaves out what is no tensor, by name', () => {
    const file = archive(pickle(dict([text('a'), weight], [text('epoch'), int(3)], [text('best'), 'N'])), {
      0: floats(1, 2),
    });
    const { tensors, skipped } = parseTorchFile(file);
    expect([...tensors.keys()]).toEqual(['a']);
    expect([...skipped]).toEqual([
      ['epoch', 'the number 3, no tensor'],
      ['best', 'None, no tensor'],
    ]);
  });

  it('keeps names of prototypes as names', () => {
    expect([...parseTorchFile(fileOf('__proto__', 'constructor', 'toString')).tensors.keys()]).toEqual([
      '__proto__',
      'constructor',
      'toString',
    ]);
  });

  it.each<[string, Uint8Array, string]>([
    ['nothing', new Uint8Array(0), 'nothing'],
    ['a page', bytesOf('<!DOCTYPE html><title>Google Drive</title>'), 'a page of HTML; mend the address, or download'],
    ['a .safetensors file', bytesOf(8, 0, 0, 0, 0, 0, 0, 0, '{}      '), 'a .safetensors file; read it by'],
    ['an HDF5 file', bytesOf(0x89, 'HDF\r\n'), 'an HDF5 file, as Keras writes'],
    ['a gzipped file', bytesOf(0x1f, 0x8b, 8), 'a gzipped file; unpack it first'],
    ['a tar archive', bytesOf(new Array<number>(257).fill(65), 'ustar'), 'a tar archive, as PyTorch 0.1 wrote'],
    ['anything else', bytesOf(1, 2, 3, 4, 5), 'bytes 01 02 03 04'],
  ])('says what came instead: %s', (_, bytes, got) => {
    expect(() => parseTorchFile(bytes)).toThrow(
      new RegExp(`^parseTorchFile: the file, byte 0: expected a file of torch.save, got ${got}`),
    );
  });

  it('has errors that hold across copies of the package, with code, byte and field', () => {
    const error: unknown = (() => {
      try {
        return parseTorchFile(Uint8Array.of(1));
      } catch (thrown) {
        return thrown;
      }
    })();
    expect(error).toBeInstanceOf(TorchFileError);
    expect(error).toMatchObject({ code: 'not-a-torch-file', place: { byte: 0, field: 'the file' } });
  });
});
