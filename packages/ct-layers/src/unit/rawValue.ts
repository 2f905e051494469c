/**
 * Raw values: the logits as which CT layers, adapters and checkpoints hold curvatures and mixing coefficients.
 *
 *     raw = ln(p / (1 − p)),   p = sigmoid(raw)
 *
 * The ends of [0, 1] are the raw values ±128, not ±infinity: float16 textures hold them, and exp(128) is beyond
 * float32, so that on every backend their sigmoid is 1 or 0 to the last bit.
 */
import type { Tensor } from '@tensorflow/tfjs-core';
import { backend, tensor } from '@tensorflow/tfjs-core';

/** The raw value of 1; that of 0 is its negative. */
export const RAW_END = 128;

/** The raw value of p in [0, 1]: ln(p / (1 − p)), within ±128. */
export function rawOf(p: number): number {
  return withinEnds(Math.log(p) - Math.log1p(-p));
}

/** The number in [0, 1] that a raw value stands for; exactly 0 and 1 at the ends. */
export function unitOf(raw: number): number {
  if (Math.abs(raw) >= RAW_END) return raw > 0 ? 1 : 0;
  return 1 / (1 + Math.exp(-raw));
}

/** Whether a raw value stands for 0 or 1 in float32, from where no gradient leads away: below −104 and from 17.4 on. */
export function isEnd(raw: number): boolean {
  const p = Math.fround(unitOf(raw));
  return p === 0 || p === 1;
}

/** A raw value, or ±128 in place of one beyond, infinities among them; what it stands for stays the same. */
export function withinEnds(raw: number): number {
  return Math.max(-RAW_END, Math.min(RAW_END, raw));
}

/**
 * The same for a tensor: itself, or a new one where something had to change.
 *
 * Looks only at numbers that the backend still has on the CPU's side, as those of a file are when they become weights:
 * to ask a GPU would make it wait, and what it computed is no infinity of a file.
 */
export function tensorWithinEnds(raw: Tensor): Tensor {
  const { texData, tensorMap } = backend() as { texData?: OnDevice; tensorMap?: OnDevice };
  const device = texData ?? tensorMap;
  const values = device === undefined ? raw.dataSync() : device.get(raw.dataId).values;
  if (values == null || values.every((v) => !(Math.abs(v) > RAW_END))) return raw;
  return tensor(Float32Array.from(values, withinEnds), raw.shape, 'float32');
}

/** The tensors of the WebGL and WebGPU backends, whose values are null once they are on the device. */
interface OnDevice {
  get(dataId: object): { values?: Float32Array | null };
}
