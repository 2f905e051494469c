import { testGradients } from './gradientsInBrowser.js';

testGradients('plain memory', 'plain');
