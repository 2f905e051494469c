import { browserProject } from '../../tools/vitest/browserProject.mjs';
import { packageTests } from '../../tools/vitest/packageTests.mjs';

const optimize = ['@tensorflow/tfjs', '@tensorflow/tfjs-core', '@tensorflow/tfjs-backend-wasm', 'fast-check'];

export default packageTests({
  // Each makes wasm backends of its own, plain ones and with SIMD.
  alone: ['{src,test}/**/*.test.ts'],
  browsers: [
    browserProject({ include: ['test/**/*.browser.ts'], optimize }),
    // Cross-origin isolated: here tfjs-wasm runs threads on shared memory.
    browserProject({ name: 'isolated browser', include: ['test/**/*.isolated.ts'], optimize, isolated: true }),
  ],
});
