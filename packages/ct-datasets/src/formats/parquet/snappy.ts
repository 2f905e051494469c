/**
 * Snappy, the compression that Parquet files have unless told otherwise: literals, and copies of what came before.
 * Source: google/snappy, format_description.txt.
 */
import type { Fault } from './thrift.js';

// A copy of 64 bytes takes three.
const MOST_BYTES_PER_BYTE = 22;

/**
 * Unpacks a block into exactly `size` bytes.
 *
 * @param at Where the block lies, for errors.
 * @throws the error of `fault` where the block says anything else, before memory is taken for what cannot be true.
 */
export function unpackSnappy(
  packed: Uint8Array,
  size: number,
  { at, fault }: { at: number; fault: Fault },
): Uint8Array {
  const wrong = (what: string, position: number): Error => fault(`its packed bytes ${what}`, at + position);
  if (size > MOST_BYTES_PER_BYTE * packed.length) throw wrong(`cannot be ${size}`, 0);
  let read = 0;
  const number = (bytes: number): number => {
    let value = 0;
    for (let i = 0; i < bytes; i++) value += packed[read + i]! * 2 ** (8 * i);
    read += bytes;
    if (read > packed.length) throw wrong('end too early', packed.length);
    return value;
  };
  let stated = 0;
  for (let shift = 0; ; shift += 7) {
    const byte = number(1);
    stated += (byte & 127) * 2 ** shift;
    if (byte < 128) break;
    if (shift > 28) throw wrong('have no length', 0);
  }
  if (stated !== size) throw wrong(`are ${stated}, not ${size}`, 0);
  const unpacked = new Uint8Array(size);
  let made = 0;
  while (read < packed.length) {
    const tag = number(1);
    const kind = tag & 3;
    let length = (tag >> 2) + 1;
    if (kind === 0) {
      if (length > 60) length = number(length - 60) + 1;
      if (length > packed.length - read || length > size - made) throw wrong(`cannot hold ${length} more`, read);
      unpacked.set(packed.subarray(read, read + length), made);
      read += length;
    } else {
      let back: number;
      if (kind === 1) {
        length = ((tag >> 2) & 7) + 4;
        back = (tag >> 5) * 256 + number(1);
      } else back = number(kind === 2 ? 2 : 4);
      if (back === 0 || back > made || length > size - made)
        throw wrong(`copy ${length} from ${back} before ${made}`, read);
      // Byte by byte: a copy may reach into itself.
      for (let i = 0; i < length; i++) unpacked[made + i] = unpacked[made - back + i]!;
    }
    made += length;
  }
  if (made !== size) throw wrong(`are ${made}, not ${size}`, read);
  return unpacked;
}
