import { browserProject } from '../../tools/vitest/browserProject.mjs';
import { packageTests } from '../../tools/vitest/packageTests.mjs';

const optimize = [
  '@tensorflow/tfjs',
  '@tensorflow/tfjs-core',
  '@tensorflow/tfjs-backend-wasm',
  '@tensorflow/tfjs-backend-webgl',
  '@tensorflow/tfjs-backend-webgpu',
  'fast-check',
];

export default packageTests({
  // They register kernels of their own, or count on there being none that is fused.
  alone: [
    'src/ctu.test.ts',
    'src/kernels/kernel.test.ts',
    'src/conformance/holdings.test.ts',
    'src/conformance/measureConformance.test.ts',
  ],
  browsers: [
    browserProject({ include: ['test/**/*.browser.ts'], optimize }),
    // Cross-origin isolated: here tfjs-wasm runs threads on shared memory.
    browserProject({ name: 'isolated browser', include: ['test/**/*.isolated.ts'], optimize, isolated: true }),
  ],
});
