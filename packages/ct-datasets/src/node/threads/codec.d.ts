/** libjpeg-turbo in WebAssembly, an optional package without types of its own: what is called of it. */
declare module '@cornerstonejs/codec-libjpeg-turbo-8bit/decodewasmjs' {
  /** One file after the other; what its functions return lies in its memory, and is void after the next call. */
  interface JPEGDecoder {
    /** Where a file of so many bytes is to be put. */
    getEncodedBuffer(length: number): Uint8Array;
    /** @throws where libjpeg-turbo has as much as a warning. */
    decode(): void;
    /** `[height, width, 3]` of a file of three components. */
    getDecodedBuffer(): Uint8ClampedArray;
  }
  export default function codec(): Promise<{ readonly JPEGDecoder: new () => JPEGDecoder }>;
}
