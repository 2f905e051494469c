import { browserProject } from '../../tools/vitest/browserProject.mjs';
import { packageTests } from '../../tools/vitest/packageTests.mjs';
import { weightsServer } from './test/weightsServer.js';

const tfjs = ['', '-core', '-layers', '-backend-wasm', '-backend-webgpu'].map((part) => `@tensorflow/tfjs${part}`);

export default packageTests({
  // No layer of the package is registered when they begin.
  alone: ['src/layers/registerLayers.test.ts', 'test/bundle.test.ts'],
  browsers: [browserProject({ include: ['test/**/*.browser.ts'], optimize: tfjs, plugins: [weightsServer()] })],
});
