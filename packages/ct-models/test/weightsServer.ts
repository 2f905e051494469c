/**
 * A server of weights for the tests in a page, as part of Vite's: it serves the weights that the package ships, breaks
 * the first connection of each address in the middle, and tells what it was asked for.
 */
import { readFileSync } from 'node:fs';
import type { Plugin } from 'vite';

/** As many bytes arrive before the connection breaks. */
const BROKEN_AFTER = 300_000;

/** A plugin of Vite: `/weights/NAME` is the file, `/weights/NAME?asked` the ranges that were asked for, as JSON. */
export function weightsServer(): Plugin {
  const file = readFileSync(new URL('../weights/resnet14.mnist.safetensors', import.meta.url));
  const asked = new Map<string, string[]>();
  return {
    name: 'weights',
    // Vite would take a value that is returned for something to call.
    configureServer: ({ middlewares }) => {
      middlewares.use('/weights', ({ url = '', headers: { range = 'all' } }, response) => {
        const [path = '', question] = url.split('?');
        const ranges = asked.get(path) ?? [];
        if (question === 'asked') return void response.end(JSON.stringify(ranges));
        asked.set(path, [...ranges, range]);
        if (ranges.length === 0) {
          response.writeHead(200, { 'content-length': file.length });
          // Once what was written is under way.
          return void response.write(file.subarray(0, BROKEN_AFTER), () => setTimeout(() => response.destroy(), 200));
        }
        const begin = Number(/^bytes=(\d+)-$/.exec(range)?.[1] ?? 0);
        const part = { 'content-range': `bytes ${begin}-${file.length - 1}/${file.length}` };
        response
          .writeHead(begin > 0 ? 206 : 200, { 'content-length': file.length - begin, ...(begin > 0 && part) })
          .end(file.subarray(begin));
      });
    },
  };
}
