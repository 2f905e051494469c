/**
 * The unit in programs that go through x channel by channel: buffers, and lines of WGSL.
 */
import type { TensorInfo } from '@tensorflow/tfjs-core';
import type { FlatProgram, Width } from './flatProgram.js';
import { lanesOf } from './flatProgram.js';

/** beta and c of each channel, as two tensors or as one; nothing where there is no unit. */
export interface UnitInputs {
  beta?: TensorInfo | undefined;
  coeff?: TensorInfo | undefined;
  pair?: TensorInfo | undefined;
}

/** What a program has of the unit behind its z. */
export interface UnitLines {
  isThere: boolean;
  buffers: FlatProgram['buffers'];
  /** Reads the parameters of channel k, of which there are `uniforms.period`. */
  parameters: string;
  value: string;
  /** g = dy·phi'(z) at an index, and dy and the derivatives d0, ... of the lanes on the way. */
  through: (index: string) => string;
  /** dy times one of the derivatives. */
  term: (component: 'x' | 'y' | 'z') => string;
}

/** The lines for buffers of one width. */
export function unitLines(width: Width, { beta, coeff, pair }: UnitInputs): UnitLines {
  const { type, lanes } = lanesOf(width);
  const term = (component: 'x' | 'y' | 'z'): string =>
    `dy * ${type}(${lanes.map((_, i) => `d${i}.${component}`).join(', ')})`;
  const through = (index: string, lines: string, g: string): string => `
    let dy = Dy[${index}];
    ${lines}
    let g = ${g};`;
  const given = Object.entries(pair === undefined ? { Beta: beta, Coeff: coeff } : { Pair: pair });
  const there = given.filter((entry): entry is [string, TensorInfo] => entry[1] !== undefined);
  if (there.length < given.length)
    return { isThere: false, buffers: {}, parameters: '', value: 'z', through: (at) => through(at, '', 'dy'), term };
  const slopes = lanes.map((at, i) => `let d${i} = dUnit(z${at}, b${at}, c${at});`).join('\n');
  return {
    isThere: true,
    buffers: Object.fromEntries(there.map(([name, info]) => [name, { info, width }])),
    parameters:
      pair === undefined
        ? 'let b = Beta[k];\nlet c = Coeff[k];'
        : 'let b = Pair[k];\nlet c = Pair[k + uniforms.period];',
    value: `${type}(${lanes.map((at) => `unit(z${at}, b${at}, c${at})`).join(', ')})`,
    through: (at) => through(at, slopes, term('x')),
    term,
  };
}
