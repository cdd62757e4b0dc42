/**
 * Two packages want `wrap-ansi`: ours the newest, which stands beside the bundle and is loaded when a text is wrapped, and oclif
 * its own older one, which asks for it at every start. So that one is put into the bundle: a `require` that was left in it
 * would find the newest, and load eight files of which one takes longer than all the others together.
 */
import { createRequire } from 'node:module';
import type { Plugin } from 'esbuild';

const OCLIF = /[\\/]node_modules[\\/]@oclif[\\/]/;

export const wrapAnsi: Plugin = {
  name: 'wrap-ansi',
  setup(build) {
    build.onResolve({ filter: /^wrap-ansi$/ }, ({ path, importer }) =>
      OCLIF.test(importer)
        ? { path: createRequire(importer).resolve(path) }
        : { path, external: true },
    );
  },
};
