// Small copies of the data sets for tests: archives of exactly the layout of the real ones, and a server of them.
export { matOf, npyOf, parquetOf, tarOf, tgzOf, zipOf } from './archives.mjs';
export { serve, setsPlugin } from './server.mjs';
export { greyOf, picture, tinyNames, tinySet } from './tinySets.mjs';
