/**
 * The proxy beside a target: HAProxy, which stays as long as the faults. It takes connections that the kernel hands to it with the address they
 * were made to, and leads each to that very address from inside. What is no request of HTTP/1 goes through as bytes. Pure.
 */
import { checksum } from '../../system/checksum.ts';
import { HTTP_LUA } from './http-lua.ts';
import type { HttpRule } from './http-rules.ts';

/** Beyond the ports that a kernel gives to connections by itself. */
const FIRST_PORT = 61_001;
const LAST_PORT = 61_099;
/** Answers under way may end in this time, when a proxy is told to end; less than its container gets for it. */
const SOFT_S = 4;
/** Exit code: the image has no HAProxy. */
export const NO_PROXY = 44;

/** It is told of who asks no more than this. */
const CONFIG = `global
 nbthread 1
 quiet
 fd-hard-limit 20000
 hard-stop-after ${SOFT_S}s
 tune.bufsize 32768
 tune.http.maxhdr 400
 lua-load /run/gameday/http.lua
defaults
 timeout client 20d
 timeout server 20d
 timeout tunnel 20d
 timeout connect 20s
 retries 0
 http-reuse never
 option http-no-delay
 option accept-invalid-http-request
 option accept-invalid-http-response
 # What the server does not answer is answered by nobody.
 errorfile 400 /dev/null
 errorfile 408 /dev/null
 errorfile 500 /dev/null
 errorfile 502 /dev/null
 errorfile 503 /dev/null
 errorfile 504 /dev/null
frontend clients
 mode tcp
 bind "\${BIND}" transparent
 tcp-request inspect-delay 2s
 acl is_http2 req.payload(0,4) -m str "PRI "
 tcp-request content switch-mode http if HTTP !is_http2
 use_backend requests if HTTP !is_http2
 default_backend bytes
backend bytes
 mode tcp
 server target 0.0.0.0:0
backend requests
 mode http
 option forwardfor
 filter lua.cut
 http-request lua.draw
 http-request use-service lua.answer if { var(txn.gameday_status) -m found }
 http-response lua.wait if { var(txn.gameday_wait) -m found }
 http-response deny deny_status 502 if { var(txn.gameday_cut) -m str head }
 http-response deny deny_status 502 if { var(txn.gameday_cut) -m found } { status 101 }
 http-response set-header connection close if { var(txn.gameday_cut) -m found }
 server target 0.0.0.0:0`;

const FILES = (rules: readonly HttpRule[]) => `
[ -x /usr/sbin/haproxy ] || exit ${NO_PROXY}
cat >/run/gameday/http.lua <<'END'
local rules = {
${rules.map(luaOf).join('\n')}
}
${HTTP_LUA}
END
cat >/run/gameday/haproxy.cfg <<'END'
${CONFIG}
END`;

/** What it needs of the engine's `HostConfig`, in a namespace of networks: the right to take what was not sent to its own address. */
export function rightsIn(network: string): Record<string, unknown> {
  return {
    NetworkMode: network,
    CapAdd: ['NET_ADMIN'],
    Tmpfs: { '/run/gameday': 'mode=0700,size=1m' },
  };
}

/** Says why it could not run; ends with NO_PROXY where there is none. Changes nothing. */
export function tryProxy(rules: readonly HttpRule[]): string {
  return `${FILES(rules)}
BIND=127.0.0.1:${FIRST_PORT} /usr/sbin/haproxy -c -q -f /run/gameday/haproxy.cfg || exit 45`;
}

/**
 * `$1`: seconds until it ends by itself. Says on which port of the loopback device it listens. Ends with its target: the devices of a
 * namespace go with its container.
 */
export function standProxy(rules: readonly HttpRule[]): string {
  return `# gameday: what spoils the answers of the container whose network this has; ends by itself
${FILES(rules)}
proxy=
end() {
  trap '' TERM
  [ -z "$proxy" ] || { kill -USR1 $proxy 2>/dev/null; wait $proxy; }
  exit "$1"
}
trap 'end 0' TERM
now() { read -r up rest </proc/uptime; now=\${up%.*}; }
listens() { grep -qi ":$1 [0-9A-F]*:0000 0A" /proc/net/tcp /proc/net/tcp6 2>/dev/null; }
now; until=$((now + $1))
port=${FIRST_PORT}
while hex=$(printf %04X $port); listens $hex && [ $port -lt ${LAST_PORT} ]; do port=$((port + 1)); done
BIND=127.0.0.1:$port
! grep -q '^0*1 ' /proc/net/if_inet6 2>/dev/null || BIND=$BIND,[::1]:$port
export BIND
/usr/sbin/haproxy -db -f /run/gameday/haproxy.cfg 2>/run/gameday/said & proxy=$!
until listens $hex; do
  kill -0 $proxy 2>/dev/null || { tail -n 1 /run/gameday/said >&2; sleep 2; exit 45; }
  sleep 0.02
done
echo "ready $port"
while now; [ "$now" -lt "$until" ]; do
  sleep 1 & wait $!
  kill -0 $proxy 2>/dev/null || exit 46
  ls /sys/class/net | grep -qvx lo || end 0
done
end 0`;
}

/** By which what the proxy has seen of a fault is told apart from what it has seen of others. */
export function keyOf({ effect }: Pick<HttpRule, 'effect'>): string {
  return checksum(JSON.stringify(effect));
}

function luaOf(rule: HttpRule): string {
  const { fault, effect, left_ms } = rule;
  const { port, path, share, status, delay_ms, cut } = effect;
  const texts = { fault, key: keyOf(rule), ...(path !== null && { path }), ...(cut && { cut }) };
  const numbers = {
    port,
    share,
    delay: delay_ms,
    ...(status !== null && { status }),
    ...(left_ms !== null && { left: Math.max(1, Math.ceil(left_ms / 1000)) }),
  };
  // A path has no control characters, so that the quotes of JSON are those of Lua.
  const fields = Object.entries({ ...texts, ...numbers }).map(
    ([name, value]) => `${name} = ${JSON.stringify(value)}`,
  );
  return `  { ${fields.join(', ')} },`;
}
