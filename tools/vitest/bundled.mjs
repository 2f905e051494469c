// A program as the bundler of an application leaves it: modules that nothing is taken from, and that are not said to
// have side effects, are dropped. For tests of what registers itself on import.
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { build } from 'vite';
import { expect } from 'vitest';

/**
 * Bundles a program with Vite, tfjs left out.
 *
 * @param {string} packageRoot
 * @param {string} name
 * @param {string} program
 * @param {boolean} write
 */
async function bundle(packageRoot, name, program, write) {
  const outDir = join(packageRoot, 'test-results/bundled');
  const entry = join(outDir, `${name}.entry.mjs`);
  mkdirSync(outDir, { recursive: true });
  writeFileSync(entry, program);
  const output = await build({
    root: packageRoot,
    configFile: false,
    logLevel: 'warn',
    build: {
      outDir,
      emptyOutDir: false,
      write,
      target: 'es2022',
      lib: { entry, formats: ['es'], fileName: name },
      rolldownOptions: { external: [/^@tensorflow\//] },
    },
  });
  return { outDir, output };
}

/**
 * The files that a bundled program consists of, data that it loads when it needs them among them.
 *
 * @type {typeof import('./bundled.mjs').chunksOf}
 */
export async function chunksOf(packageRoot, name, program) {
  const { output } = await bundle(packageRoot, name, program, false);
  const outputs = /** @type {import('vite').Rolldown.RolldownOutput[]} */ ([output].flat());
  return outputs.flatMap((one) =>
    one.output.map((file) => ({ fileName: file.fileName, code: 'code' in file ? file.code : '' })),
  );
}

/**
 * Bundles a program and imports it.
 *
 * @param {string} packageRoot Folder of the package that is tested; the program may import it by its name.
 * @param {string} name
 * @param {string} program
 * @returns {Promise<Record<string, unknown>>}
 */
export async function bundled(packageRoot, name, program) {
  const { outDir } = await bundle(packageRoot, name, program, true);
  return import(pathToFileURL(join(outDir, `${name}.js`)).href);
}

/**
 * What a model saves of itself.
 *
 * @template A
 * @param {import('./bundled.mjs').Savable<A>} model
 * @returns {Promise<A>}
 */
export async function artifactsOf(model) {
  /** @type {A | undefined} */
  let artifacts;
  await model.save({
    save: (given) => {
      artifacts = given;
      return Promise.resolve({ modelArtifactsInfo: { dateSaved: new Date(0), modelTopologyType: 'JSON' } });
    },
  });
  return /** @type {A} */ (artifacts);
}

/**
 * Saves a model, and loads it when a class is known from a bundle alone.
 *
 * @template M
 * @param {import('./bundled.mjs').Tfjs<M>} tfjs What of tfjs the test works with.
 * @param {any} model
 * @param {string} className
 * @param {{ root: string, name: string, program: string }} bundle
 * @returns {Promise<M>}
 */
export async function loadedInBundle(tfjs, model, className, { root, name, program }) {
  const artifacts = await artifactsOf(model);
  /** @type {(handler: unknown) => Promise<M>} */
  const load = tfjs.loadLayersModel;
  /** @type {(artifacts: unknown) => unknown} */
  const inMemory = tfjs.io.fromMemory;
  const registry = tfjs.serialization.SerializationMap.getMap().classNameMap;
  const known = registry[className];
  delete registry[className];
  try {
    await expect(load(inMemory(artifacts))).rejects.toThrow(`Unknown layer: ${className}`);
    await bundled(root, name, program);
    return await load(inMemory(artifacts));
  } finally {
    registry[className] = known;
  }
}
