/**
 * The site: where pages stand, what leads to them, and how their links to the repository are resolved.
 */
import { existsSync, readFileSync } from 'node:fs';
import { defineConfig } from 'vitepress';
import type { DefaultTheme } from 'vitepress';
import { resolveLink } from '../src/site/resolveLink.ts';

const sidebarFile = new URL('../pages/api/typedoc-sidebar.json', import.meta.url);
// Made by typedoc, before VitePress runs.
const api = existsSync(sidebarFile)
  ? (JSON.parse(readFileSync(sidebarFile, 'utf8')) as DefaultTheme.SidebarItem[])
  : [];

const playground = {
  text: 'Playground',
  items: [
    { text: 'Boundary', link: '/playground/boundary' },
    { text: 'Four ways', link: '/playground/four-ways' },
    { text: 'Your images', link: '/playground/images' },
    { text: 'Attack', link: '/playground/attack' },
  ],
};
const guides = {
  text: 'Guides',
  items: [
    { text: 'Steer a model', link: '/guides/steer' },
    { text: 'Tune and ship an adapter', link: '/guides/tune' },
    { text: 'A GraphModel in the browser', link: '/guides/graph-models' },
    { text: 'Robustness in an afternoon', link: '/guides/robustness' },
    { text: 'Weights from PyTorch', link: '/guides/pytorch' },
    { text: 'Your own data', link: '/guides/data' },
    { text: 'CT, LoRA, norm or slopes', link: '/guides/choose' },
    { text: 'Train on wasm', link: '/guides/wasm' },
    { text: 'Native Node and CUDA', link: '/guides/native' },
    { text: 'Kernels for another backend', link: '/guides/kernels' },
    { text: 'From a laptop to a cluster', link: '/guides/cluster' },
  ],
};
const reference = {
  text: 'Reference',
  items: [
    { text: 'What was measured', link: '/reference/comparison' },
    { text: 'Support and speed', link: '/reference/support' },
    { text: 'Sweeps on many machines', link: '/reference/cluster' },
    { text: 'Vocabulary', link: '/reference/vocabulary' },
    { text: 'Architecture', link: '/reference/architecture' },
    { text: 'A custom TensorFlow op', link: '/reference/custom-tensorflow-op' },
    { text: 'API', link: '/api/' },
  ],
};

export default defineConfig({
  srcDir: 'pages',
  title: 'Curvature Tuning',
  description: 'Adapt and steer a frozen TensorFlow.js network by the curvature of its activations',
  head: [['link', { rel: 'icon', href: 'data:,' }]],
  // Written by scripts/offline.mjs for the folder that the files come to lie in.
  base: process.env['SITE_BASE'] ?? '/',
  cleanUrls: false,
  ignoreDeadLinks: false,
  // Else every page brings the scripts of all that it links to.
  router: { prefetchLinks: false },
  themeConfig: {
    search: { provider: 'local' },
    nav: [
      { text: 'Playground', link: '/playground/boundary', activeMatch: '/playground/' },
      { text: 'Guides', link: '/guides/steer', activeMatch: '/guides/' },
      { text: 'API', link: '/api/', activeMatch: '/api/' },
    ],
    // The long list of names stands beside its own pages alone: on every page it would cost a task of 150 ms.
    sidebar: { '/api/': api, '/': [playground, guides, reference] },
    outline: { level: [2, 3] },
    externalLinkIcon: false,
  },
  markdown: {
    theme: { light: 'github-light', dark: 'github-dark' },
    config(md) {
      // Indented code of doc comments has no language: bare, it would run out of a narrow page.
      md.renderer.rules.code_block = (tokens, index, options, env, self) => {
        tokens[index]!.info = 'js';
        return md.renderer.rules.fence!(tokens, index, options, env, self);
      };
      md.core.ruler.push('empty-headers', ({ tokens }) => {
        // A corner of a table that heads nothing is no header.
        for (const [i, token] of tokens.entries())
          if (token.type === 'th_open' && tokens[i + 1]?.content === '') token.tag = tokens[i + 2]!.tag = 'td';
      });
      md.core.ruler.push('repository-links', ({ tokens, env }) => {
        const page = (env as { relativePath: string }).relativePath;
        for (const token of tokens)
          for (const child of token.children ?? []) {
            const href = child.type === 'link_open' ? child.attrGet('href') : null;
            if (href !== null) child.attrSet('href', resolveLink(href, page));
          }
      });
    },
  },
  vite: {
    worker: { format: 'es' },
    resolve: { dedupe: ['@tensorflow/tfjs-core', '@tensorflow/tfjs-layers'] },
  },
});
