/** Bundles src/ into dist/: an entry a command, so that a command loads what it needs and no more, and what they share in chunks. */
import { globSync, rmSync } from 'node:fs';
import { build } from 'esbuild';

rmSync('dist', { recursive: true, force: true });
await build({
  entryPoints: ['src/main.ts', 'src/watchdog-main.ts', ...globSync('src/{commands,hooks}/**/*.ts')],
  outdir: 'dist',
  outbase: 'src',
  chunkNames: '[name]-[hash]',
  bundle: true,
  splitting: true,
  minify: true,
  keepNames: true,
  legalComments: 'linked',
  platform: 'node',
  target: 'node22.13',
  format: 'esm',
  // oclif asks for it only where a CLI is developed in TypeScript.
  external: ['typescript'],
  // Some of what is bundled is CommonJS and asks for node's own modules by `require`.
  banner: { js: "import { createRequire as __createRequire } from 'node:module'; const require = __createRequire(import.meta.url);" },
});
