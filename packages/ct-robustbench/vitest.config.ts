import { setsPlugin } from '@curvature-tuning/tiny-sets';
import { ARCHIVE_CATALOG } from '@curvature-tuning/datasets';
import { browserProject } from '../../tools/vitest/browserProject.mjs';
import { packageTests } from '../../tools/vitest/packageTests.mjs';

export default packageTests({
  browsers: [
    browserProject({
      include: ['test/**/*.browser.ts'],
      optimize: [
        '@tensorflow/tfjs',
        '@tensorflow/tfjs-core',
        '@tensorflow/tfjs-layers',
        '@tensorflow/tfjs-backend-cpu',
        '@tensorflow/tfjs-backend-webgl',
        '@tensorflow/tfjs-backend-webgpu',
      ],
      plugins: [setsPlugin(ARCHIVE_CATALOG)],
    }),
  ],
});
