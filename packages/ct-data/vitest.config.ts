import { packageTests } from '../../tools/packageTests.mjs';

export default packageTests();
