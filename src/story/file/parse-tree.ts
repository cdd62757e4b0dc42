/**
 * One walk over the nodes of a YAML document: which alias means which node, keys that stand twice, merges of something
 * that is no mapping, and how large the document becomes once its aliases are written out.
 */
import {
  type Alias,
  isAlias,
  isCollection,
  isMap,
  isPair,
  isScalar,
  isSeq,
  type Node,
  type Pair,
  Scalar,
  type YAMLMap,
  type YAMLSeq,
} from 'yaml';
import type { Place } from './parse-place.ts';

const MAX_ALIASES = 1000;
const MAX_VALUES = 50_000;

/** Keys that JavaScript objects bear themselves; no story needs them. */
const RESERVED = ['__proto__', 'constructor', 'prototype'];
/** In the lists and the mappings under these keys, a number is a text as it is written: `env: { ZIP: 01234 }`. */
const WORD_LISTS = ['command', 'run'];
const WORD_TABLES = ['env', 'headers'];

export interface TreeFinding {
  offset: number;
  message(placeOf: (offset: number) => Place): string;
  hint: string | null;
}

export interface Tree {
  findings: TreeFinding[];
  /** True when the document cannot be turned into values. */
  broken: boolean;
  resolved: Map<Alias, Node>;
  pairs: Map<YAMLMap, Map<string, Pair>>;
}

/** Too large to be read in a bounded time. */
export class TooLarge extends Error {
  readonly hint = 'A story is a few hundred lines; look for aliases within aliases.';
}

export function inspectTree(top: Node): Tree {
  const tree: Tree = { findings: [], broken: false, resolved: new Map(), pairs: new Map() };
  const anchors = new Map<string, Node>();
  walk(top, { tree, anchors, open: new Set(), asWords: false });
  if (!tree.broken && sizeOf(top, tree, new Map()) > MAX_VALUES)
    throw new TooLarge(
      `the story has more than ${MAX_VALUES} values, with its aliases written out`,
    );
  return tree;
}

interface Walk {
  tree: Tree;
  anchors: Map<string, Node>;
  /** Nodes that are being walked: an alias to one of them would never end. */
  open: Set<Node>;
  asWords: boolean;
}

function walk(node: unknown, at: Walk): void {
  const { tree, anchors, open } = at;
  if (isAlias(node)) {
    const target = anchors.get(node.source);
    if (tree.resolved.size >= MAX_ALIASES)
      throw new TooLarge(`the story has more than ${MAX_ALIASES} aliases`);
    if (target && !open.has(target)) tree.resolved.set(node, target);
    else if (target)
      breakAt(
        tree,
        node,
        `*${node.source} stands within &${node.source}, and would never end`,
        null,
      );
    else
      breakAt(
        tree,
        node,
        `there is no anchor &${node.source} above`,
        `Put the text into quotes if no alias is meant: "*${node.source}".`,
      );
    return;
  }
  if (isScalar(node)) {
    if (node.anchor) anchors.set(node.anchor, node);
    else if (
      at.asWords &&
      (typeof node.value === 'number' || typeof node.value === 'boolean') &&
      node.source !== undefined
    )
      node.value = node.source;
    else if (typeof node.value === 'number' && !Number.isFinite(node.value))
      tell(
        tree,
        node,
        () => `${node.source} is no number that can be used`,
        'Write a number, or put the text into quotes.',
      );
    return;
  }
  if (!isCollection(node)) return;
  const collection = node as YAMLMap | YAMLSeq;
  if (collection.anchor) anchors.set(collection.anchor, collection);
  open.add(collection);
  if (isSeq(collection)) {
    for (const item of collection.items)
      isPair(item)
        ? walkPair(item, at)
        : walk(item, { ...at, asWords: at.asWords && isScalar(item) });
  } else if (isMap(collection)) walkMap(collection, at);
  open.delete(collection);
}

function walkMap(map: YAMLMap, at: Walk): void {
  const pairs = new Map<string, Pair>();
  at.tree.pairs.set(map, pairs);
  for (const pair of map.items) {
    walkPair(pair, at);
    if (isMergeKey(pair.key)) {
      checkMerge(at.tree, pair);
      continue;
    }
    const key = keyText(pair.key);
    const first = pairs.get(key);
    if (first)
      tell(
        at.tree,
        pair.key as Node,
        (placeOf) =>
          `the key "${key}" stands here twice, first on line ${placeOf(offsetOf(first.key)).line}`,
        'Take one of them out.',
      );
    else pairs.set(key, pair);
    if (RESERVED.includes(key))
      tell(at.tree, pair.key as Node, () => `"${key}" cannot be a key`, null);
  }
}

function walkPair(pair: Pair, at: Walk): void {
  const { key, value } = pair;
  walk(key, { ...at, asWords: false });
  if (isCollection(key) || isAlias(key))
    breakAt(at.tree, key, 'a key must be a plain text', 'Put it into quotes: "{...}".');
  const begins =
    (isSeq(value) && WORD_LISTS.includes(keyText(key))) ||
    (isMap(value) && WORD_TABLES.includes(keyText(key)));
  walk(value, { ...at, asWords: begins || (at.asWords && isScalar(value)) });
}

function checkMerge(tree: Tree, pair: Pair): void {
  const resolve = (node: unknown) => (isAlias(node) ? tree.resolved.get(node) : node);
  const value = resolve(pair.value);
  const sources = isSeq(value) ? value.items.map(resolve) : [value];
  if (!sources.every(isMap))
    breakAt(
      tree,
      (pair.value ?? pair.key) as Node,
      '<< takes the alias of a mapping, or a list of such',
      'Write <<: *name, with &name at a mapping above.',
    );
}

function breakAt(tree: Tree, node: Node, message: string, hint: string | null): void {
  tree.broken = true;
  tell(tree, node, () => message, hint);
}

function tell(tree: Tree, node: Node, message: TreeFinding['message'], hint: string | null): void {
  tree.findings.push({ offset: offsetOf(node), message, hint });
}

function offsetOf(node: unknown): number {
  return (node as Node).range?.[0] ?? 0;
}

export function isMergeKey(key: unknown): boolean {
  return (
    isScalar(key) && typeof key.value === 'symbol' && (key.type ?? Scalar.PLAIN) === Scalar.PLAIN
  );
}

/** A key as the plain object has it. */
export function keyText(key: unknown): string {
  return isScalar(key) && key.value !== null ? String(key.value) : '';
}

/** Nodes of the document with every alias written out; each node is counted once and remembered. */
function sizeOf(node: unknown, tree: Tree, known: Map<unknown, number>): number {
  if (isAlias(node)) return sizeOf(tree.resolved.get(node), tree, known);
  if (isPair(node)) return sizeOf(node.value, tree, known);
  if (!isCollection(node)) return 1;
  const before = known.get(node);
  if (before !== undefined) return before;
  let size = 1;
  for (const item of node.items) size += sizeOf(item, tree, known);
  known.set(node, size);
  return size;
}
