/**
 * Bundles src/ into dist/: an entry a command, so that a command loads what it needs and no more, and what they share in
 * chunks. With the bundle goes the licence of every package that is in it.
 */
import { existsSync, globSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type BuildOptions, build } from 'esbuild';
import ts from 'typescript';

rmSync('dist', { recursive: true, force: true });
const options: BuildOptions & { metafile: true } = {
  outdir: 'dist',
  outbase: 'src',
  bundle: true,
  splitting: true,
  minify: true,
  keepNames: true,
  metafile: true,
  legalComments: 'none',
  platform: 'node',
  target: 'node22.13',
  format: 'esm',
};
// A host loads the hook after each of its own commands, so it is made apart, with nothing in it that it does not need.
await build({
  ...options,
  entryPoints: ['src/hooks/postrun.ts'],
  chunkNames: 'hooks/[name]-[hash]',
});
const { metafile } = await build({
  ...options,
  entryPoints: ['src/main.ts', 'src/watchdog-main.ts', ...globSync('src/commands/*/*.ts')],
  chunkNames: '[name]-[hash]',
  // The package's other form is CommonJS, whose names a lazy import of the bundle could not see.
  alias: { yaml: './node_modules/yaml/browser/index.js' },
  // oclif asks for it only where a CLI is developed in TypeScript.
  external: ['typescript'],
  // Some of what is bundled is CommonJS and asks for node's own modules by `require`.
  banner: {
    js: "import { createRequire as __createRequire } from 'node:module'; const require = __createRequire(import.meta.url);",
  },
});

// What makers of other plugins write their loads and faults by; these files import nothing, so that they can be published alone.
for (const room of ['workload', 'fault']) {
  const types = ts.transpileDeclaration(readFileSync(`src/${room}/contribution.ts`, 'utf8'), {
    compilerOptions: { isolatedDeclarations: true },
  });
  writeFileSync(`dist/${room}.d.ts`, types.outputText);
}

const packages = new Set(
  Object.keys(metafile.inputs).flatMap(
    (path) => /^(node_modules\/(?:@[^/]+\/)?[^/]+)\//.exec(path)?.[1] ?? [],
  ),
);
const notices = [...packages].toSorted().map((folder) => {
  const { name, version, license } = JSON.parse(
    readFileSync(join(folder, 'package.json'), 'utf8'),
  ) as Record<string, string>;
  const file = readdirSync(folder).find((each) => /^licen[cs]e/i.test(each));
  const text =
    file && existsSync(join(folder, file))
      ? readFileSync(join(folder, file), 'utf8').trim()
      : `License: ${license}`;
  return `${name} ${version}\n\n${text}\n`;
});
writeFileSync(
  'dist/LICENSES.txt',
  `gameday is bundled with these packages:\n\n${notices.join('\n----------\n\n')}`,
);
