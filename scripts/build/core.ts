/**
 * The code of all entries as one file, `core.cjs`, each part of which runs when it is first asked for: to find and link a
 * hundred small files takes longer than to run what is in them. Beside it stand the libraries that few commands need, a
 * file each, and for every entry a file that asks the core for its part.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { type BuildOptions, build, type Metafile, type Plugin } from 'esbuild';

/** Large ones, for a load, a report or telemetry alone. */
const LIBRARIES = /^(undici|ioredis|linkedom|@observablehq\/plot|@opentelemetry\/[a-z-]+)$/;

/** Where the code asks for its own place, it gets that of the file that it is in. */
const PLACE = {
  banner: { js: "const place = require('node:url').pathToFileURL(__filename).href;" },
  define: {
    'import.meta.url': 'place',
    'import.meta.dirname': '__dirname',
    'import.meta.filename': '__filename',
  },
} satisfies BuildOptions;

/** A program that Node starts turns the cache of compiled code on before there is something to compile. */
const CACHE = "import { useCompileCache } from './compile-cache.js';\nuseCompileCache();";

export type SharedOptions = BuildOptions & { outdir: string; plugins: Plugin[]; metafile: true };

/** `commands`, `main`, `program`: files, relative to src. Resolves to what the built files are made of. */
export async function buildCore(
  shared: SharedOptions,
  { commands, main, program }: { commands: string[]; main: string; program: string },
): Promise<Metafile[]> {
  const { outdir, plugins } = shared;
  const options = { ...shared, format: 'cjs', outExtension: { '.js': '.cjs' } } as const;
  const libraries = new Set<string>();
  const { metafile: core } = await build({
    ...options,
    ...PLACE,
    stdin: { contents: partsOf([...commands, main, program]), resolveDir: 'src' },
    entryNames: 'core',
    plugins: [beside('./libraries', libraries), ...plugins],
  });
  const metafiles = [core];
  // One of them may use another, which must be the same one for all, and is found here.
  for (const library of libraries) {
    const { metafile } = await build({
      ...options,
      entryPoints: { [fileOf(library)]: library },
      outdir: join(outdir, 'libraries'),
      plugins: [beside('.', libraries)],
    });
    metafiles.push(metafile);
  }
  for (const file of commands)
    writeEntry(outdir, file, (part) => `export default ${part}.default;`);
  writeEntry(outdir, main, (part) => `export const { main } = ${part};`);
  writeEntry(outdir, program, (part) => `${CACHE}\n${part};`);
  return metafiles;
}

function partsOf(files: readonly string[]): string {
  return files.map((file) => `exports['${file}'] = () => require('./${file}');\n`).join('');
}

/** Leaves a library out, as a file of `folder`, and adds its name to `found`. */
function beside(folder: string, found: Set<string>): Plugin {
  return {
    name: 'libraries',
    setup({ onResolve }) {
      onResolve({ filter: LIBRARIES }, ({ path, kind }) => {
        if (kind === 'entry-point') return null;
        found.add(path);
        return { path: `${folder}/${fileOf(path)}.cjs`, external: true };
      });
    },
  };
}

/** `@observablehq/plot` is `observablehq-plot`. */
function fileOf(library: string): string {
  return library.replace('@', '').replace('/', '-');
}

/** `code`: what the entry does with its part, which is an expression. */
function writeEntry(outdir: string, file: string, code: (part: string) => string): void {
  const path = join(outdir, file.replace(/\.ts$/, '.js'));
  const core = relative(dirname(path), join(outdir, 'core.cjs'));
  const load = "process.getBuiltinModule('node:module').createRequire(import.meta.url)";
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, `${code(`${load}('./${core}')['${file}']()`)}\n`);
}
