import { browserProject } from '../../tools/vitest/browserProject.mjs';
import { packageTests } from '../../tools/vitest/packageTests.mjs';

const tfjs = ['', '-core', '-layers', '-converter', '-backend-webgl'].map((part) => `@tensorflow/tfjs${part}`);
const nsfwjs = ['nsfwjs/models/mobilenet_v2', 'nsfwjs/models/mobilenet_v2_mid'];

export default packageTests({
  // There is one copy of each class; no fused kernel is registered.
  alone: ['test/singleCopy.test.ts', 'src/model/evaluationBatch.test.ts'],
  browsers: [browserProject({ include: ['test/**/*.browser.ts'], optimize: [...tfjs, ...nsfwjs] })],
});
