/**
 * YAML text to plain values, with the place of each: one document, YAML 1.2 with merge keys, and bounds for what
 * somebody may have built to exhaust a machine. Lacks on purpose: what a story is.
 */
import {
  type Document,
  isAlias,
  isMap,
  isScalar,
  isSeq,
  Lexer,
  LineCounter,
  type Node,
  parseDocument,
  type Scalar,
  type YAMLMap,
} from 'yaml';
import type { Problem } from '../../terms/outcomes.ts';
import type { Path, Place } from './parse-place.ts';
import { inspectTree, isMergeKey, TooLarge, type Tree } from './parse-tree.ts';
import { yamlProblems } from './parse-yaml-problems.ts';

/** Characters; a story of a hundred chapters has a tenth of it. */
const MAX_LENGTH = 256 * 1024;
/** Words, signs, line ends and indentations; a story of a hundred chapters has a tenth of it. */
const MAX_TOKENS = 60_000;
/** Brackets within brackets. */
const MAX_DEPTH = 100;

export interface YamlFile {
  /** Mappings as objects, lists as arrays, scalars by the core schema of YAML 1.2. */
  value: unknown;
  /** Where a value stands, or its key; for what is not there, the mapping that lacks it. */
  place(path: Path, at: 'key' | 'value'): Place;
}

/** `file` is null when the problems leave nothing that could be checked further. */
export function parseYaml(text: string): { file: YamlFile | null; problems: Problem[] } {
  const refused = unreadable(text);
  if (refused) return { file: null, problems: [refused] };
  try {
    return parseBounded(text.replace(/^\uFEFF/, ''));
  } catch (error) {
    if (error instanceof TooLarge)
      return { file: null, problems: [problem({ line: 1, column: 1 }, error.message, error.hint)] };
    if (error instanceof RangeError)
      return {
        file: null,
        problems: [problem({ line: 1, column: 1 }, 'the file is nested too deeply', null)],
      };
    throw error;
  }
}

function parseBounded(text: string): { file: YamlFile | null; problems: Problem[] } {
  checkTokens(text);
  const lines = new LineCounter();
  const document = parseDocument(text, {
    lineCounter: lines,
    merge: true,
    uniqueKeys: false,
    prettyErrors: false,
    logLevel: 'error',
  });
  const placeOf = (offset: number): Place => {
    const { line, col } = lines.linePos(offset);
    return { line: Math.max(1, line), column: Math.max(1, col) };
  };
  const syntax = yamlProblems(text, document, placeOf);
  if (syntax.length > 0) return { file: null, problems: syntax };

  const top = document.contents;
  if (top === null || (isScalar(top) && top.value === null)) {
    return {
      file: null,
      problems: [
        problem(
          { line: 1, column: 1 },
          'the file is empty',
          'Write `story init` for a first story.',
        ),
      ],
    };
  }
  const tree = inspectTree(top);
  const problems = tree.findings.map(({ offset, message, hint }) =>
    problem(placeOf(offset), message(placeOf), hint),
  );
  if (tree.broken) return { file: null, problems };
  const place = (path: Path, at: 'key' | 'value') => placeOf(offsetOf(tree, top, path, at));
  return { file: { value: toPlain(document), place }, problems };
}

/** Before anything is built, since the library takes a time that grows with the square of what is wrong. */
function checkTokens(text: string): void {
  let tokens = 0;
  let depth = 0;
  for (const token of new Lexer().lex(text)) {
    if (++tokens > MAX_TOKENS)
      throw new TooLarge(`the story has more than ${MAX_TOKENS} words and signs`);
    if (token === '[' || token === '{') depth++;
    else if (token === ']' || token === '}') depth--;
    if (depth > MAX_DEPTH) throw new TooLarge('the file is nested too deeply');
  }
}

/** Aliases are counted already, so that the library's own bound is not needed. */
function toPlain(document: Document.Parsed): unknown {
  return document.toJS({ maxAliasCount: -1 });
}

function unreadable(text: string): Problem | null {
  if (text.length > MAX_LENGTH) {
    const size = `${(text.length / 1024 / 1024).toFixed(1)} MB`;
    return problem(
      { line: 1, column: 1 },
      `the file is too large for a story: ${size}, at most ${MAX_LENGTH / 1024} kB`,
      null,
    );
  }
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is looked for
  const strange = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f\ufffd\ufffe\uffff]/.exec(text);
  if (!strange) return null;
  const before = text.slice(0, strange.index).split('\n');
  const place = { line: before.length, column: (before.at(-1) as string).length + 1 };
  const code = (strange[0].codePointAt(0) as number).toString(16).toUpperCase().padStart(4, '0');
  const message =
    code === 'FFFD' || code === '0000'
      ? 'this is a binary file, or a text that is not UTF-8'
      : `a control character (U+${code}) stands in the text`;
  return problem(
    place,
    message,
    code === 'FFFD' || code === '0000' ? 'Save it as a text in UTF-8.' : 'Take it out.',
  );
}

function problem(place: Place, message: string, hint: string | null): Problem {
  return { ...place, path: '', message, hint };
}

/** Follows a path through aliases and merge keys. */
function offsetOf(tree: Tree, top: Node, path: Path, at: 'key' | 'value'): number {
  let node: Node | null = top;
  let offset = startOf(top);
  for (const [depth, step] of path.entries()) {
    const target: Node | null = isAlias(node) ? (tree.resolved.get(node) ?? null) : node;
    const isLast = depth === path.length - 1;
    if (isSeq(target)) {
      node = (target.items[Number(step)] as Node | undefined) ?? null;
      if (node === null) return startOf(target);
      offset = startOf(node);
      continue;
    }
    if (!isMap(target)) return offset;
    const pair = pairOf(tree, target, String(step));
    if (!pair) return startOf(target);
    node = pair.value as Node | null;
    const isBlank =
      node === null || (isScalar(node) && node.value === null && (node as Scalar).source === '');
    offset = startOf((isLast && at === 'key') || isBlank ? (pair.key as Node) : (node as Node));
  }
  return offset;
}

function pairOf(
  tree: Tree,
  map: YAMLMap,
  key: string,
  seen: readonly YAMLMap[] = [],
): YAMLMap['items'][number] | null {
  const own = tree.pairs.get(map)?.get(key);
  if (own) return own;
  if (seen.includes(map)) return null;
  for (const pair of map.items) {
    if (!isMergeKey(pair.key)) continue;
    const value = resolve(tree, pair.value);
    for (const source of isSeq(value) ? value.items.map((item) => resolve(tree, item)) : [value]) {
      const found = isMap(source) ? pairOf(tree, source, key, [...seen, map]) : null;
      if (found) return found;
    }
  }
  return null;
}

function resolve(tree: Tree, node: unknown): Node | null {
  return (isAlias(node) ? tree.resolved.get(node) : (node as Node | null)) ?? null;
}

function startOf(node: Node): number {
  return node.range?.[0] ?? 0;
}
