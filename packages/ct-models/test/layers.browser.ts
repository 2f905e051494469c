import { agreesInPage, LARGER, networks } from './layersInPage.js';

agreesInPage(Object.keys(networks).filter((name) => !LARGER.includes(name)));
