import type { Buffer } from 'node:buffer';

/** What a compiled kernel takes of a card, and which code it is. */
export interface CompiledKernel {
  /** Of each thread. */
  registers: number;
  /** Of each thread, in the card's memory: registers that did not suffice. */
  localBytes: number;
  /** Of each block. */
  sharedBytes: number;
  /** The sha256 of its instructions. */
  code: string;
}

/** The kernels of a cubin, by name; throws where the file is none. */
export declare function kernelsOf(cubin: Buffer): Record<string, CompiledKernel>;
