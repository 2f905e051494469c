// Reading and writing 64 MiB.
import { decodeBfloat16, parseSafetensors, serializeSafetensors } from '@curvature-tuning/safetensors';

export const backends = ['node'];

export function cases() {
  const data = new Float32Array(2 ** 24).fill(0.5);
  const tensors = [['weight', { dtype: 'F32', shape: [data.length], data }]];
  const bytes = serializeSafetensors(tensors);
  const halves = new Uint16Array(2 ** 21).fill(0x3f00);
  return {
    serializeSafetensors: () => serializeSafetensors(tensors),
    parseSafetensors: () => parseSafetensors(bytes),
    'decodeBfloat16 of two million': () => decodeBfloat16(halves),
  };
}
