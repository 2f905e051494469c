// Finds the browser for the browser tests, and how to start it without a graphics card.
import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** Path of a Chromium: CT_CHROMIUM if set, else the first on PATH; undefined when there is none. */
export function findChromium() {
  if (process.env.CT_CHROMIUM) return process.env.CT_CHROMIUM;
  const names = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable'];
  const folders = (process.env.PATH ?? '').split(delimiter);
  return names.flatMap((name) => folders.map((folder) => join(folder, name))).find(isExecutable);
}

/** No sandbox (containers run as root), no traffic of its own, WebGL2 and WebGPU by SwiftShader. */
export const chromiumArgs = [
  '--no-sandbox',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--use-gl=angle',
  '--use-angle=swiftshader',
  '--enable-unsafe-swiftshader',
  '--enable-unsafe-webgpu',
  '--use-webgpu-adapter=swiftshader',
  '--enable-features=Vulkan',
];

/** @param {string} path */
function isExecutable(path) {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

// Printed for nx, whose cache must know whether there is a browser.
if (process.argv[1] === fileURLToPath(import.meta.url)) console.log(findChromium() ?? 'none');
