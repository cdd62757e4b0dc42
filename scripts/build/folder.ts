/** Putting a built folder in the place of the one before, under the feet of programs that run from it. */
import {
  existsSync,
  globSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
} from 'node:fs';
import { dirname, join } from 'node:path';

/** Files that only others import come first, and what is left over goes last, so that a program that starts meanwhile finds all. */
export function replaceFolder(folder: string, made: string): void {
  const files = filesIn(made);
  // The core and the libraries, and chunks, whose names say what is in them.
  const isEntry = (file: string) => !/(\.cjs|-[A-Z0-9]{8}\.js)$/.test(file);
  for (const file of files.toSorted((a, b) => Number(isEntry(a)) - Number(isEntry(b)))) {
    const target = join(folder, file);
    if (existsSync(target) && readFileSync(target).equals(readFileSync(join(made, file)))) continue;
    mkdirSync(dirname(target), { recursive: true });
    renameSync(join(made, file), target);
  }
  const wanted = new Set(files);
  for (const file of filesIn(folder)) if (!wanted.has(file)) rmSync(join(folder, file));
}

function filesIn(folder: string): string[] {
  return globSync('**/*', { cwd: folder }).filter((file) => statSync(join(folder, file)).isFile());
}
