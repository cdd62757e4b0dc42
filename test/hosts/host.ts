/**
 * Real oclif CLIs with the packed plugin in them, each installed from npm and with a home of its own, so that nothing of
 * the machine's user is read or changed. GAMEDAY_TEST_HOSTS names a folder that keeps the installed CLIs for the next time.
 */
import { spawn } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { homedir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { install } from '../pack/tarball.ts';

export const PLUGIN = 'oclif-plugin-gameday';

export interface HostKind {
  name: string;
  bin: string;
  /** Between topic and verb. */
  separator: ' ' | ':';
  /** npm package, or null for the one that is made here. */
  package: string | null;
  /** What `plugins install` is answered where it asks. */
  answer: string;
  /** A command of the host itself that changes nothing. */
  own: string[];
  env: Record<string, string>;
}

export const HOSTS: HostKind[] = [
  {
    name: 'a minimal host on @oclif/core 5',
    bin: 'mini',
    separator: ':',
    package: null,
    answer: '',
    own: ['hello'],
    env: {},
  },
  {
    name: 'the Salesforce CLI',
    bin: 'sf',
    separator: ' ',
    package: '@salesforce/cli',
    answer: 'y\n',
    own: ['version'],
    env: {
      SF_DISABLE_TELEMETRY: 'true',
      SF_AUTOUPDATE_DISABLE: 'true',
      SF_SKIP_NEW_VERSION_CHECK: 'true',
    },
  },
  {
    name: 'the Heroku CLI',
    bin: 'heroku',
    separator: ':',
    package: 'heroku',
    answer: '',
    own: ['version'],
    env: { DISABLE_TELEMETRY: 'true', HEROKU_SKIP_NEW_VERSION_CHECK: 'true' },
  },
];

export interface Ended {
  code: number | null;
  stdout: string;
  stderr: string;
  /** stdout as the one JSON value that it must be. */
  json: any;
}

export interface Host extends HostKind {
  /** The host's program, and the folder that is its user's home. */
  program: string;
  home: string;
  environment: NodeJS.ProcessEnv;
  /** Any command of the host. */
  call(args: string[], options?: { cwd?: string; input?: string }): Promise<Ended>;
  /** A command of ours, as this host spells it: `run('chapter:next', …)`. */
  run(id: string, args: string[], options: { cwd: string }): Promise<Ended>;
  /** CPU time that a command of the host takes, in milliseconds, of the host and what it starts; with the plugin, or in a home without it. */
  cpuMs(args: string[], withPlugin: boolean): Promise<number>;
  /** Every file below the home with its size and time of change, in one line each. */
  files(): string[];
}

/** Installs it from npm, which may take minutes. `folder` is the tests' own. */
export async function openHost(kind: HostKind, folder: string): Promise<Host> {
  const kept = process.env.GAMEDAY_TEST_HOSTS;
  const root = join(kept ?? folder, kind.bin);
  if (!existsSync(join(root, 'node_modules', '.package-lock.json'))) {
    if (kind.package === null) makeMinimal(root);
    await install(root, ...(kind.package === null ? [] : [kind.package]));
  }
  const program =
    kind.package === null
      ? join(root, 'bin', 'mini')
      : join(root, 'node_modules', '.bin', kind.bin);
  const [home, bare] = [join(folder, `home-${kind.bin}`), join(folder, `bare-${kind.bin}`)];
  for (const each of [home, bare]) mkdirSync(each);
  const environment = environmentOf(kind, home, dirname(program));
  const environmentBare = environmentOf(kind, bare, dirname(program));
  const call: Host['call'] = (args, { cwd = home, input = '' } = {}) =>
    execute(program, args, { cwd, env: environment, input });
  return {
    ...kind,
    program,
    home,
    environment,
    call,
    run: (id, args, options) =>
      call([...(kind.separator === ':' ? [id] : id.split(':')), ...args], options),
    cpuMs: async (args, withPlugin) => {
      const timed = 'TIMEFORMAT="%U %S"; time "$@" >/dev/null 2>/dev/null';
      const env = withPlugin ? environment : environmentBare;
      const { stderr } = await execute('bash', ['-c', timed, 'bash', program, ...args], {
        cwd: folder,
        env,
        input: '',
      });
      const seconds = stderr.trim().split(' ').map(Number);
      return seconds.reduce((sum, each) => sum + each * 1000, 0);
    },
    files: () => {
      const entries = readdirSync(home, { recursive: true, withFileTypes: true }).filter((entry) =>
        entry.isFile(),
      );
      return entries.map((entry) => {
        const path = join(entry.parentPath, entry.name);
        const { size, mtimeMs } = statSync(path);
        return `${path} ${size} ${mtimeMs}`;
      });
    },
  };
}

function environmentOf(kind: HostKind, home: string, bin: string): NodeJS.ProcessEnv {
  const {
    NO_COLOR: _n,
    FORCE_COLOR: _f,
    NODE_OPTIONS: _o,
    DEBUG: _d,
    CI: _c,
    ...env
  } = process.env;
  return {
    ...env,
    ...kind.env,
    HOME: home,
    XDG_CONFIG_HOME: join(home, '.config'),
    XDG_DATA_HOME: join(home, '.local', 'share'),
    XDG_CACHE_HOME: join(home, '.cache'),
    XDG_STATE_HOME: join(home, '.local', 'state'),
    // npm goes on as the user of this machine has set it up: registry, certificates, cache.
    npm_config_cache: process.env.npm_config_cache ?? join(homedir(), '.npm'),
    npm_config_userconfig: process.env.npm_config_userconfig ?? join(homedir(), '.npmrc'),
    npm_config_prefer_offline: 'true',
    npm_config_update_notifier: 'false',
    // The node of this project, also for the host's `#!/usr/bin/env node`.
    PATH: [dirname(process.execPath), bin, process.env.PATH].join(delimiter),
  };
}

function execute(
  program: string,
  args: string[],
  options: { cwd: string; env: NodeJS.ProcessEnv; input: string },
): Promise<Ended> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, {
      cwd: options.cwd,
      env: options.env,
      stdio: ['pipe', 'pipe', 'pipe'],
    });
    let stdout = '';
    let stderr = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      stdout += text;
    });
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      stderr += text;
    });
    child.stdin.on('error', () => {});
    child.stdin.end(options.input);
    child.on('error', reject);
    child.on('close', (code) => {
      resolve({
        code,
        stdout,
        stderr,
        get json() {
          return JSON.parse(stdout);
        },
      });
    });
  });
}

/** The least that an oclif CLI with plugins is: what somebody's own CLI looks like. */
function makeMinimal(root: string): void {
  const files = {
    'package.json': JSON.stringify({
      name: 'mini',
      version: '1.0.0',
      private: true,
      type: 'module',
      dependencies: {
        '@oclif/core': '^5.1.9',
        '@oclif/plugin-autocomplete': '^4',
        '@oclif/plugin-help': '^7',
        '@oclif/plugin-plugins': '^7',
      },
      oclif: {
        bin: 'mini',
        dirname: 'mini',
        topicSeparator: ':',
        commands: './commands',
        plugins: ['@oclif/plugin-autocomplete', '@oclif/plugin-help', '@oclif/plugin-plugins'],
      },
    }),
    'bin/run.js':
      "#!/usr/bin/env node\nimport { execute } from '@oclif/core';\nawait execute({ dir: import.meta.url });\n",
    'commands/hello.js':
      "import { Command } from '@oclif/core';\nexport default class Hello extends Command {\n  async run() { this.log('hello'); }\n}\n",
  };
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(root, name)), { recursive: true });
    writeFileSync(join(root, name), text);
  }
  chmodSync(join(root, 'bin', 'run.js'), 0o755);
  symlinkSync('run.js', join(root, 'bin', 'mini'));
}

export function removeAll(folder: string): void {
  rmSync(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 });
}
