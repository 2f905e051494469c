import { browserProject } from '../../tools/browserProject.mjs';
import { packageTests } from '../../tools/packageTests.mjs';

export default packageTests(
  browserProject({
    include: ['test/**/*.browser.ts'],
    optimize: [
      '@tensorflow/tfjs',
      '@tensorflow/tfjs-core',
      '@tensorflow/tfjs-backend-webgl',
      '@tensorflow/tfjs-backend-webgpu',
    ],
  }),
);
