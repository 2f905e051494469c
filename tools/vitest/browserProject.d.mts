import type { TestProjectConfiguration } from 'vitest/config';

export declare function browserProject(options: {
  name?: string;
  include: string[];
  optimize: string[];
  isolated?: boolean;
}): TestProjectConfiguration;
