import { agreesInPage, LARGER } from './layersInPage.js';

agreesInPage(LARGER);
