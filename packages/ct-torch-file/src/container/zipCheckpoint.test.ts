import { describe, expect, it } from 'vitest';
import { archive, bytesOf, dict, floats, pickle, storage, tensor, text } from '../../test/written.js';
import { parseTorchFile } from '../parseTorchFile.js';

const one = pickle(dict([text('a'), tensor(storage('0', 2), 0, [2], [1])]));

describe('an archive', () => {
  it.each([0, 9] as const)('is read at level %i', (level) => {
    const { tensors } = parseTorchFile(archive(one, { 0: floats(1, 2) }, { level }));
    expect(tensors.get('a')?.data).toEqual(Float32Array.of(1, 2));
  });

  it.each<[string, Uint8Array, string]>([
    ['without a pickle', archive(one, {}).fill(0x79, 30, 31), 'has another name than'],
    [
      'of several pickles',
      archive(one, {}, { extra: { 'y/data.pkl': one } }),
      'expected one data.pkl in a folder, got 2',
    ],
    ['without the storage', archive(one), 'x/data/0: is not in the archive'],
    ['whose storage is too small', archive(one, { 0: floats(1) }), 'the pickle says 8 bytes, the archive has 4'],
    ['whose storage is too large', archive(one, { 0: floats(1, 2, 3) }), 'the pickle says 8 bytes, the archive has 12'],
    [
      'of big-endian numbers',
      archive(one, { 0: floats(1, 2) }, { extra: { 'x/byteorder': bytesOf('big') } }),
      'x/byteorder, byte',
    ],
    ['whose pickle goes on', archive(bytesOf([...one], 'N'), { 0: floats(1, 2) }), 'goes on after its end'],
  ])('%s is refused', (_, file, message) => {
    expect(() => parseTorchFile(file)).toThrow(message);
  });

  it('with other bytes than its checksum says is refused, and read when told', () => {
    const file = archive(one, { 0: floats(1, 2) });
    const at = file.findIndex((_, i) => String(file.subarray(i, i + 8)) === String(floats(1, 2)));
    file[at] = 1;
    expect(() => parseTorchFile(file)).toThrow(/x\/data\/0, byte \d+: expected CRC-32 [0-9a-f]{8}, got [0-9a-f]{8}/);
    expect(parseTorchFile(file, { checksums: false }).tensors.size).toBe(1);
  });

  it('that unpacks to far more than its size is refused before it is unpacked', () => {
    const zeros = new Uint8Array(2 ** 26);
    const file = archive(
      pickle(dict([text('a'), tensor(storage('0', 2 ** 24), 0, [2 ** 24], [1])])),
      { 0: zeros },
      { level: 9 },
    );
    expect(file.length).toBeLessThan(150_000);
    expect(() => parseTorchFile(file)).toThrow('x/data/0, byte');
    expect(() => parseTorchFile(file)).toThrow('takes 67108865 bytes of memory where');
    expect(parseTorchFile(file, { extraBytes: 2 ** 26 }).tensors.get('a')?.data).toHaveLength(2 ** 24);
  });
});
