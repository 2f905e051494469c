import { setsPlugin } from '@curvature-tuning/tiny-sets';
import { browserProject } from '../../tools/vitest/browserProject.mjs';
import { packageTests } from '../../tools/vitest/packageTests.mjs';
import { ARCHIVE_CATALOG } from './src/catalog/archives/archiveCatalog.js';

export default packageTests({
  // They put others in the place of modules.
  alone: ['src/node/loadRemote.test.ts', 'src/node/folder/decodeImage.test.ts', 'src/node/archive/fullDisk.test.ts'],
  browsers: [
    browserProject({
      include: ['test/**/*.browser.ts'],
      optimize: ['@tensorflow/tfjs-core', '@tensorflow/tfjs-backend-cpu', 'fflate', 'valibot'],
      plugins: [setsPlugin(ARCHIVE_CATALOG)],
    }),
  ],
});
