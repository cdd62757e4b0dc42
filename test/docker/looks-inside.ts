/** For `docker run`: a container that looks into all others of its engine. One beside each, at each look, would take longer than what is tested. */
export const LOOKS_INSIDE = ['--pid=host', '--network=none'].concat(
  ['seccomp', 'apparmor'].map((profile) => `--security-opt=${profile}=unconfined`),
  ['SYS_ADMIN', 'SYS_PTRACE', 'SYS_CHROOT', 'NET_ADMIN'].map((right) => `--cap-add=${right}`),
);
