import { testGradients } from './gradientsInBrowser.js';

testGradients('shared memory of the threaded build', 'shared');
