import type { Plugin } from 'vite';
import type { TestProjectConfiguration } from 'vitest/config';

export declare function browserProject(options: {
  name?: string;
  include: string[];
  optimize: string[];
  isolated?: boolean;
  plugins?: Plugin[];
}): TestProjectConfiguration;
