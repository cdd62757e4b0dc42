/**
 * Node's own modules as the bundle imports them. An `import` of one loads it, and asks for everything that it exports, some
 * of which is loaded only then: `node:http` brings the whole of undici, 60 ms. Here a name is asked for alone, and a plain
 * function when it is first called.
 */
import { builtinModules } from 'node:module';
import type { Plugin } from 'esbuild';

const NAMES = builtinModules.map((name) => name.replace(/^node:/, ''));
const FILTER = new RegExp(`^(node:)?(${[...NAMES, 'sqlite'].join('|')})$`);
const IDENTIFIER = /^[A-Za-z_$][\w$]*$/;

export const builtIns: Plugin = {
  name: 'built-ins',
  setup(build) {
    build.onResolve({ filter: FILTER }, ({ path, kind }) => ({
      path: path.replace(/^(node:)?/, 'node:'),
      namespace: kind === 'require-call' ? 'built-in-required' : 'built-in',
      sideEffects: false,
    }));
    build.onLoad({ filter: /^/, namespace: 'built-in-required' }, ({ path }) => ({
      contents: `module.exports = process.getBuiltinModule('${path}');`,
    }));
    build.onLoad({ filter: /^/, namespace: 'built-in' }, ({ path }) => ({
      contents: [
        `const built = () => process.getBuiltinModule('${path}');`,
        // Told to be without effect, so that what nobody imports is left out.
        'const all = /* @__PURE__ */ built(); export { all as default };',
        ...exportsOf(process.getBuiltinModule(path) as Record<string, unknown>),
      ].join('\n'),
    }));
  },
};

function exportsOf(module: Record<string, unknown>): string[] {
  const names = Object.keys(module).filter((name) => IDENTIFIER.test(name) && name !== 'default');
  return names.map((name) => {
    const value = isPlainFunction(module, name)
      ? `(...given) => built().${name}(...given)`
      : `/* @__PURE__ */ (() => built().${name})()`;
    return `const ${name}_ = ${value}; export { ${name}_ as ${name} };`;
  });
}

/** False for a class, and for a function that bears something, as `execFile` does its form for `promisify`. */
function isPlainFunction(module: Record<string, unknown>, name: string): boolean {
  const { value } = Object.getOwnPropertyDescriptor(module, name) ?? {};
  if (typeof value !== 'function') return false;
  const own = Reflect.ownKeys(value).filter((key) => key !== 'length' && key !== 'name');
  const methods = value.prototype ? Reflect.ownKeys(value.prototype) : ['constructor'];
  return own.every((key) => key === 'prototype') && methods.length === 1;
}
