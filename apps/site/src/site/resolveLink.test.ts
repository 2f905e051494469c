import { describe, expect, it } from 'vitest';
import { resolveLink } from './resolveLink.ts';

describe('resolveLink', () => {
  it('leads to the page that shows a text of the repository', () => {
    expect(resolveLink('../../docs/support.md#inference', 'guides/kernels.md')).toBe('/reference/support');
    expect(resolveLink('../ct-data', 'guides/data.md')).toBe('/guides/data');
    expect(resolveLink('comparison.md', 'reference/support.md')).toBe('/reference/comparison');
  });

  it('leads into the repository where no page does', () => {
    expect(resolveLink('../../experiments/photos.mjs', 'guides/tune.md')).toBe(
      'https://github.com/curvature-tuning/curvature-tuning-tfjs/blob/main/experiments/photos.mjs',
    );
  });

  it('leaves absolute links, places of the page and pages of the site itself alone', () => {
    for (const href of ['https://arxiv.org/abs/2502.07783', '/guides/tune', '#training'])
      expect(resolveLink(href, 'guides/steer.md')).toBe(href);
    expect(resolveLink('../classes/X.md', 'api/layers/index.md')).toBe('../classes/X.md');
  });
});
