/**
 * Makes shaders compute as badly as a card may: every quotient off by up to 2 units in the last place, every exp by
 * 3 + 2 |x|, which is what WGSL and OpenGL ES leave to cards (2.5 and 3 + 2 |x|). SwiftShader errs by less.
 *
 * Errors are drawn from the bits of the operands, so that one element errs alike in every program.
 */

import * as tf from '@tensorflow/tfjs';
import type { MathBackendWebGL } from '@tensorflow/tfjs-backend-webgl';
import type { WebGPUBackend } from '@tensorflow/tfjs-backend-webgpu';

const ERRING = {
  wgsl: `
    fn off(exact : f32, operand : f32, most : f32) -> f32 {
      let drawn = f32((bitcast<u32>(operand) * 2654435761u) >> 8u) / 8388608.0 - 1.0;
      let bits = bitcast<i32>(exact) + i32(round(drawn * most));
      let isFinite = (bitcast<u32>(exact) & 0x7fffffffu) < 0x7f000000u;
      return select(exact, bitcast<f32>(bits), isFinite && abs(exact) > 1e-30);
    }
    fn cardQuotient(a : f32, b : f32) -> f32 { return off(a / b, a + b, 2.0); }
    fn cardExp(x : f32) -> f32 { return off(exp(x), x, 3.0 + 2.0 * abs(x)); }`,
  glsl: `
    float off(float exact, float operand, float most) {
      float drawn = float((floatBitsToUint(operand) * 2654435761u) >> 8u) / 8388608.0 - 1.0;
      if ((floatBitsToUint(exact) & 0x7fffffffu) >= 0x7f000000u || abs(exact) <= 1e-30) return exact;
      return intBitsToFloat(floatBitsToInt(exact) + int(floor(drawn * most + 0.5)));
    }
    float cardQuotient(float a, float b) { return off(a / b, a + b, 2.0); }
    float cardExp(float x) { return off(exp(x), x, 3.0 + 2.0 * abs(x)); }`,
};

/** Runs `f` while the programs of the current backend, webgl or webgpu, that have the unit's arithmetic err. */
export async function onErringCard<Result>(f: () => Promise<Result>): Promise<Result> {
  const isErring = (text: string): boolean => text.includes('quotient(');
  if (tf.getBackend() === 'webgpu') {
    const backend = tf.backend() as WebGPUBackend;
    const run = backend.runWebGPUProgram.bind(backend);
    backend.runWebGPUProgram = (program, ...rest) => {
      const text = program.getUserCode();
      const card = { getUserCode: () => erring(text, 'wgsl'), shaderKey: `${program.shaderKey}_erring` };
      return run(isErring(text) ? { ...program, ...card } : program, ...rest);
    };
    return f().finally(() => (backend.runWebGPUProgram = run));
  }
  const backend = tf.backend() as MathBackendWebGL;
  const run = backend.compileAndRun.bind(backend);
  backend.compileAndRun = (program, ...rest) => {
    const { userCode } = program;
    return run(isErring(userCode) ? { ...program, userCode: erring(userCode, 'glsl') } : program, ...rest);
  };
  return f().finally(() => (backend.compileAndRun = run));
}

/** A program whose functions above `main` err. */
function erring(text: string, language: keyof typeof ERRING): string {
  const main = text.search(/(fn|void) main\(/);
  const functions = text
    .slice(0, main)
    .replaceAll(/\/\/.*/g, '')
    .replaceAll(/\bexp\(/g, 'cardExp(');
  return ERRING[language] + withQuotients(functions) + text.slice(main);
}

/** Each a / b as a call, but for quotients of two literals, which compilers work out. */
function withQuotients(text: string): string {
  let result = text;
  for (let at = result.indexOf('/'); at >= 0; at = result.indexOf('/', at + 1)) {
    const [begin, end] = [operandBefore(result, at), operandAfter(result, at)];
    const [a, b] = [result.slice(begin, at).trim(), result.slice(at + 1, end).trim()];
    if ([a, b].every((operand) => Number.isFinite(Number(operand)))) continue;
    result = `${result.slice(0, begin)}cardQuotient(${a}, ${b})${result.slice(end)}`;
  }
  return result;
}

/** Where the operand begins that ends before `at`: a name, a number, parentheses or a call. */
function operandBefore(text: string, at: number): number {
  let begin = at;
  while (text[begin - 1] === ' ') begin--;
  if (text[begin - 1] === ')') {
    let depth = 0;
    do {
      begin--;
      if (text[begin] === ')') depth++;
      if (text[begin] === '(') depth--;
    } while (depth > 0);
  }
  while (/[\w.]/.test(text[begin - 1] ?? '')) begin--;
  return begin;
}

/** Where the operand ends that begins behind `at`. */
function operandAfter(text: string, at: number): number {
  let end = at + 1;
  while (text[end] === ' ') end++;
  while (/[\w.]/.test(text[end] ?? '')) end++;
  if (text[end] === '(') {
    let depth = 0;
    do {
      if (text[end] === '(') depth++;
      if (text[end] === ')') depth--;
      end++;
    } while (depth > 0);
  }
  return end;
}
