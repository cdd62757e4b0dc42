/**
 * Node's own modules as the bundle imports them. An `import` of one asks for everything that it exports, and some of that is
 * loaded only when it is asked for: `node:http` brings the whole of undici, 60 ms. Here each name is asked for alone.
 */
import { builtinModules } from 'node:module';
import type { Plugin } from 'esbuild';

const NAMES = builtinModules.map((name) => name.replace(/^node:/, ''));
const FILTER = new RegExp(`^(node:(${NAMES.join('|')}|sqlite)|${NAMES.join('|')})$`);
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
    build.onLoad({ filter: /^/, namespace: 'built-in' }, ({ path }) => {
      const found = process.getBuiltinModule(path) as object;
      const names = Object.keys(found).filter((name) => IDENTIFIER.test(name) && name !== 'default');
      // Told to be without effect, so that a name that nobody imports is left out.
      const lines = names.map(
        (name) => `const ${name}_ = /* @__PURE__ */ (() => found.${name})(); export { ${name}_ as ${name} };`,
      );
      return {
        contents: `const found = process.getBuiltinModule('${path}');\nexport default found;\n${lines.join('\n')}`,
      };
    });
  },
};
