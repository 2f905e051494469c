// Builds the site once, for all of its tests; CT_SITE_BUILT says that it is there already.
import { findChromium } from '../../../tools/vitest/chromium.mjs';
import { buildSite } from './builtSite.mjs';

export function setup() {
  if (process.env.CT_SITE_BUILT === undefined && findChromium() !== undefined) buildSite();
}
