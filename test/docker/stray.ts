/** A container as a gameday that was killed leaves it beside another one: made, and never started. */
import { checksum } from '../../src/system/checksum.ts';
import { machineId } from '../../src/system/machine.ts';

/** No machine has so many processes. */
const NO_PID = 4_194_305;
const DEAD = `${checksum(machineId())} ${NO_PID} long-ago`;

export interface StrayOptions {
  image: string;
  /** Id of the container that it is made for. */
  target?: string;
  /** As the label says it: machine, pid, and when that began. Default: a process of this machine that is gone. */
  maker?: string | undefined;
  options?: readonly string[];
}

/** Resolves to its id. `docker`: the program with these arguments. */
export function createStray(
  docker: (args: string[]) => Promise<string>,
  { image, target = 'nobody', maker = DEAD, options = [] }: StrayOptions,
): Promise<string> {
  const words = [
    'gameday.made-for=network',
    `gameday.target=${target}`,
    `gameday.made-by=${maker}`,
  ];
  const labels = words.flatMap((word) => ['--label', word]);
  return docker(['create', ...labels, ...options, image, 'true']);
}
