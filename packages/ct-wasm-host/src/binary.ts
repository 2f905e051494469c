/**
 * Compiled kernels as they travel: two small binaries in base64, for hosts with and without SIMD, each of which serves
 * plain and shared memory.
 */

/**
 * The kernels of one package, compiled with and without SIMD for plain memory, in base64.
 *
 * Each imports its memory as `env.memory`, with at least one page and no maximum, and has no data, no stack and no
 * other import: the memory is the backend's.
 */
export interface Binaries {
  readonly simd: string;
  readonly scalar: string;
}

/** What a binary exports: functions alone. One that the binaries do not all have is optional. */
export type Functions<Native> = { [Name in keyof Native]: WebAssembly.ExportValue };

/** Whether the host has 128-bit SIMD, and takes the binary made for it. */
export function hasSimd({ simd }: Binaries): boolean {
  return WebAssembly.validate(bytesOf(atob(simd)));
}

/** Whether a memory can be seen by other threads. */
export function isShared(memory: WebAssembly.Memory): boolean {
  return typeof SharedArrayBuffer !== 'undefined' && memory.buffer instanceof SharedArrayBuffer;
}

/**
 * The functions of the binary that this host takes, working in `memory`. Compiles synchronously: kernels of tfjs cannot
 * wait.
 */
export function instantiate<Native extends Functions<Native>>(binaries: Binaries, memory: WebAssembly.Memory): Native {
  const binary = atob(hasSimd(binaries) ? binaries.simd : binaries.scalar);
  const module = new WebAssembly.Module(bytesOf(isShared(memory) ? forSharedMemory(binary) : binary));
  return new WebAssembly.Instance(module, { env: { memory } }).exports as Native;
}

function bytesOf(binary: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(binary, (byte) => byte.charCodeAt(0));
}

/** The one import of every binary, but for its limits: `env.memory`, a memory. */
const MEMORY = '\x01\x03env\x06memory\x02';

/**
 * The same binary for shared memory. Of it only the section of imports would differ, and the package be twice as large:
 * of 15 bytes with the limits `00 01` (at least 1 page, no maximum) it becomes one of 18 with `03 01 80 80 04` (shared,
 * at least 1, at most 65,536 pages). native/buildWasm.mjs sees to it that this is what the linker makes.
 */
function forSharedMemory(plain: string): string {
  return plain.replace(`\x02\x0f${MEMORY}\0\x01`, `\x02\x12${MEMORY}\x03\x01\x80\x80\x04`);
}
