import { browserProject } from '../../tools/vitest/browserProject.mjs';
import { packageTests } from '../../tools/vitest/packageTests.mjs';

export default packageTests({
  browsers: [
    browserProject({
      include: ['test/**/*.browser.ts'],
      optimize: [
        '@tensorflow/tfjs',
        '@tensorflow/tfjs-core',
        '@tensorflow/tfjs-backend-webgl',
        '@tensorflow/tfjs-backend-webgpu',
      ],
    }),
  ],
});
