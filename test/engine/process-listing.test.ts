/** Which processes of a container a name means, by what its `/proc` shows. */
import { expect } from 'chai';
import { describe, it } from 'mocha';
import { named, parseListing } from '../../src/engine/docker/process-listing.ts';

/** `pid`, `parent`, the name as the kernel has it, the first word of the command line. */
function listing(...rows: readonly (readonly [number, number, string, string, string?])[]): string {
  const stats = rows.map(([pid, parent, name, , state = 'S']) => {
    const between = Array.from({ length: 17 }, () => '0').join(' ');
    return `${pid} (${name}) ${state} ${parent} ${between} ${1000 + pid} 0`;
  });
  const titles = rows.map(([pid, , , title]) => `==> /proc/${pid}/cmdline <==\n${title}\0-x\0`);
  return `${stats.join('\n')}\ntitles:\n${titles.join('\n\n')}`;
}

describe('the processes that a name means', () => {
  const all = parseListing(
    listing(
      [1, 0, 'postgres', '/usr/lib/postgresql/15/bin/postgres'],
      [20, 1, 'postgres', 'postgres: checkpointer '],
      [21, 1, 'postgres', 'postgres: checkpointers'],
      [22, 1, 'a-program-with-a', '/opt/a-program-with-a-long-name'],
      [23, 22, 'worker', 'worker'],
      [24, 22, 'worker', 'worker', 'Z'],
      // A health check, `docker exec` and a helper: they come from outside, as nobody's children.
      [30, 0, 'worker', 'worker'],
      [31, 30, 'worker', 'worker'],
    ),
  );
  const pids = (name: string) => named(all, name).map(({ pid }) => pid);

  it('are those whose file is called so, all of them', () => {
    expect(pids('postgres')).to.deep.equal([20, 21]);
    expect(pids('a-program-with-a-long-name')).to.deep.equal([22]);
    expect(pids('a-program')).to.deep.equal([]);
  });

  it('or that call themselves so, or begin with it as a whole word', () => {
    expect(pids('postgres: checkpointer')).to.deep.equal([20]);
    expect(pids('postgres: check')).to.deep.equal([]);
  });

  it('are never the first one, nor one that comes from outside, nor what has ended', () => {
    expect(pids('worker')).to.deep.equal([23]);
    expect(all.map(({ pid }) => pid)).to.deep.equal([20, 21, 22, 23]);
  });
});
