import { packageTests } from '../../tools/vitest/packageTests.mjs';

export default packageTests();
