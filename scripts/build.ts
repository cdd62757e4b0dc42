/**
 * Bundles src/ into dist/: what commands and the watchdog are made of as one file, and what must start by itself apart. With
 * the bundle goes the licence of every package that is in it. Programs that run from dist/ meanwhile go on.
 */
import { execFileSync } from 'node:child_process';
import { globSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { build, type Metafile } from 'esbuild';
import ts from 'typescript';
import { builtIns } from './build/built-ins.ts';
import { buildCore, type SharedOptions } from './build/core.ts';
import { replaceFolder } from './build/folder.ts';
import { renderNotices } from './build/notices.ts';
import { wrapAnsi } from './build/wrap-ansi.ts';

const DIST = 'dist';

const into = mkdtempSync('.dist-');
try {
  const { metafile } = await bundle(into);
  writeFileSync(join(into, 'LICENSES.txt'), renderNotices(metafile));
  for (const room of ['workload', 'fault'])
    writeFileSync(join(into, `${room}.d.ts`), contributionTypes(room));
  writeBillOfMaterials(metafile, join(into, 'sbom.cdx.json'));
  replaceFolder(DIST, into);
} finally {
  rmSync(into, { recursive: true, force: true });
}

/** Resolves to what the bundle is made of. */
async function bundle(outdir: string): Promise<{ metafile: Metafile }> {
  const options: SharedOptions = {
    outdir,
    metafile: true,
    bundle: true,
    // Names stay as they are: a stack trace in an error report can be read.
    minifyWhitespace: true,
    minifySyntax: true,
    legalComments: 'none',
    platform: 'node',
    target: 'node22.13',
    plugins: [builtIns, wrapAnsi],
    // The package's other form is CommonJS, of which not even a part could be left out.
    alias: { yaml: './node_modules/yaml/browser/index.js' },
    // The two come with the package, and are loaded from there when they are needed; oclif asks for the third only where a CLI
    // is developed in TypeScript.
    external: ['docker-compose', 'listr2', 'typescript'],
  };
  const apart = {
    ...options,
    outbase: 'src',
    format: 'esm',
    // Some of what is bundled is CommonJS and asks for node's own modules by `require`.
    banner: {
      js: "const require = process.getBuiltinModule('node:module').createRequire(import.meta.url);",
    },
  } as const;
  const core = await buildCore(options, {
    commands: globSync('commands/*/*.ts', { cwd: 'src' }),
    main: 'main.ts',
    program: 'watchdog-main.ts',
  });
  const others = await Promise.all([
    // A host loads the hook after each of its own commands, and each start of ours the other one first: made apart, with
    // nothing in them that they do not need.
    build({
      ...apart,
      entryPoints: ['src/hooks/postrun.ts'],
      splitting: true,
      chunkNames: 'hooks/[name]-[hash]',
    }),
    build({ ...apart, entryPoints: { 'compile-cache': 'src/system/compile-cache.ts' } }),
    // A stack takes a copy of them along.
    build({ ...apart, entryPoints: ['src/proxy-main.ts'] }),
    build({ ...apart, entryPoints: ['src/load-main.ts'] }),
  ]);
  const metafiles = [...core, ...others.map(({ metafile }) => metafile)];
  return {
    metafile: {
      inputs: Object.assign({}, ...metafiles.map(({ inputs }) => inputs)),
      outputs: Object.assign({}, ...metafiles.map(({ outputs }) => outputs)),
    },
  };
}

/** What is bundled, for audits of a host, which sees nothing of it in its tree of packages. The name is one that CycloneDX knows. */
function writeBillOfMaterials(metafile: Metafile, path: string): void {
  const from = `${path}.metafile`;
  // Neither Node's own modules nor the list of parts is a file.
  const isPackaged = (file: string) => !/^(built-in|<stdin>)/.test(file);
  const onlyPackaged = <T>(files: Record<string, T>) =>
    Object.fromEntries(Object.entries(files).filter(([file]) => isPackaged(file)));
  const inputs = Object.entries(onlyPackaged(metafile.inputs)).map(
    ([file, input]) =>
      [file, { ...input, imports: input.imports.filter(({ path }) => isPackaged(path)) }] as const,
  );
  const outputs = Object.entries(metafile.outputs).map(
    ([file, output]) => [file, { ...output, inputs: onlyPackaged(output.inputs) }] as const,
  );
  const packaged = { inputs: Object.fromEntries(inputs), outputs: Object.fromEntries(outputs) };
  writeFileSync(from, JSON.stringify(packaged));
  const args = ['--output-reproducible', '--mc-type', 'library', '--output-file', path, from];
  execFileSync(join('node_modules', '.bin', 'cyclonedx-esbuild'), args, { stdio: 'pipe' });
  rmSync(from);
}

/** What makers of other plugins write their loads and faults by; the file imports nothing, so that it can be published alone. */
function contributionTypes(room: string): string {
  const source = readFileSync(`src/${room}/contribution.ts`, 'utf8');
  return ts.transpileDeclaration(source, { compilerOptions: { isolatedDeclarations: true } })
    .outputText;
}
