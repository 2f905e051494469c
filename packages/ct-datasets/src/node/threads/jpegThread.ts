/**
 * A thread that decodes JPEG files, one after the other: it reads, decodes and scales without a pause, and leaves no
 * garbage but what it hands over.
 *
 * Every decoder of libjpeg-turbo gives the same pixels, sharp's and Pillow's among them, to the bit: of files that are
 * whole. What it says as much as a warning of, the asker decodes by sharp, which has a say in errors.
 */
import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { parentPort } from 'node:worker_threads';
import type { MessagePort } from 'node:worker_threads';
import type { Pixels } from '@curvature-tuning/data';
import { plainJpeg } from '../folder/plainJpeg.js';
import type { ImageForm } from './scalePixels.js';
import { DEFAULT_MAX_PIXELS, scalePixels } from './scalePixels.js';

/** What is asked of the thread. */
export interface JpegTask {
  readonly id: number;
  readonly path: string;
  readonly form: ImageForm;
}

/** What it answers: pixels, unless the file is not for it. */
export interface JpegAnswer {
  readonly id: number;
  readonly pixels: Pixels | undefined;
}

// Larger ones would leave the thread with more memory than it is worth: sharp's is given back.
const MOST_PIXELS = 2 ** 22;
const MOST_BYTES = 2 ** 24;

type Decode = (path: string, form: ImageForm) => Pixels | undefined;

async function jpegDecoder(): Promise<Decode> {
  const { default: codec } = await import('@cornerstonejs/codec-libjpeg-turbo-8bit/decodewasmjs');
  const { JPEGDecoder } = await codec();
  const decoder = new JPEGDecoder();
  return (path, form) => {
    const file = readInto((bytes) => decoder.getEncodedBuffer(bytes), path);
    const plain = file && plainJpeg(file);
    if (!plain) return undefined;
    const { width, height } = plain;
    if (width * height > Math.min(MOST_PIXELS, form.maxPixels ?? DEFAULT_MAX_PIXELS)) return undefined;
    decoder.decode();
    const { buffer, byteOffset, length } = decoder.getDecodedBuffer();
    const data = new Uint8Array(buffer, byteOffset, length);
    if (length !== width * height * 3) return undefined;
    const { size, channels = 3 } = form;
    // Pixels that are not scaled would be a part of the decoder's memory.
    const own = size === undefined && channels === 3 ? data.slice() : data;
    const turns = scalePixels(own, { width, height, channels: 3 }, form);
    for (;;) {
      const { done, value } = turns.next();
      if (done === true) return value;
    }
  };
}

/** A file, read to where `room` says; undefined of one that is too large. */
function readInto(room: (bytes: number) => Uint8Array, path: string): Uint8Array | undefined {
  const file = openSync(path, 'r');
  try {
    const { size } = fstatSync(file);
    if (size === 0 || size > MOST_BYTES) return undefined;
    const bytes = room(size);
    for (let at = 0; at < size;) {
      const read = readSync(file, bytes, at, size - at, null);
      if (read === 0) return undefined;
      at += read;
    }
    return bytes;
  } finally {
    closeSync(file);
  }
}

/** Answers on a port, for as long as it is open. */
async function serve(port: MessagePort): Promise<void> {
  let decode = await jpegDecoder();
  let isSpent = false;
  const answer = async ({ id, path, form }: JpegTask): Promise<void> => {
    let pixels: Pixels | undefined;
    try {
      // The decoder frees nothing of a file that it gave up.
      if (isSpent) decode = await jpegDecoder();
      isSpent = false;
      pixels = decode(path, form);
    } catch {
      isSpent = true;
    }
    const done: JpegAnswer = { id, pixels };
    port.postMessage(done, pixels === undefined ? [] : [pixels.values.buffer as ArrayBuffer]);
  };
  // One after the other: a second may come while the decoder is made anew.
  let last = Promise.resolve();
  port.on('message', (task: JpegTask) => {
    last = last.then(() => answer(task));
  });
  port.postMessage('ready');
}

if (parentPort) void serve(parentPort);
