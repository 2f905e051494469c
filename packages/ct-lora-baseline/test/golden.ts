/** The golden files in test/golden/, whose README says where they come from. */
import { readFileSync } from 'node:fs';

export interface Flat {
  shape: number[];
  data: number[];
}

export function golden<T>(name: string): T {
  return JSON.parse(readFileSync(new URL(`./golden/${name}.json`, import.meta.url), 'utf8')) as T;
}
