import { convolutionSuite } from '../../../test/convolutionSuite.js';
import '../../index.js';

convolutionSuite(true);
