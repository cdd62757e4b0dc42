/** The few words for how an operation can fail; never a message, which may hold an address with a password. Pure. */

const KINDS: Record<string, string> = {
  ECONNREFUSED: 'refused',
  ECONNRESET: 'reset',
  EPIPE: 'reset',
  ECONNABORTED: 'reset',
  UND_ERR_SOCKET: 'reset',
  ENOENT: 'not found',
  EHOSTUNREACH: 'unreachable',
  ENETUNREACH: 'unreachable',
  EHOSTDOWN: 'unreachable',
  ENOTFOUND: 'unknown host',
  EAI_AGAIN: 'unknown host',
  EADDRNOTAVAIL: 'no local port',
  EMFILE: 'too many open files',
  ENFILE: 'too many open files',
  ETIMEDOUT: 'timeout',
  UND_ERR_CONNECT_TIMEOUT: 'timeout',
  CERT_HAS_EXPIRED: 'certificate',
  DEPTH_ZERO_SELF_SIGNED_CERT: 'certificate',
  SELF_SIGNED_CERT_IN_CHAIN: 'certificate',
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: 'certificate',
  ERR_TLS_CERT_ALTNAME_INVALID: 'certificate',
};

/** `refused`, `reset`, `timeout`, …; by its code, or the code of the first error in it. */
export function errorKind(error: unknown): string {
  const { code, errors } = (error ?? {}) as { code?: unknown; errors?: unknown[] };
  if (typeof code === 'string') {
    const known = KINDS[code];
    if (known) return known;
    if (code.startsWith('HPE_')) return 'not HTTP';
    if (code.startsWith('ERR_SSL') || code === 'EPROTO') return 'TLS';
  }
  // A name with several addresses fails with an error for each of them.
  return Array.isArray(errors) && errors.length > 0 ? errorKind(errors[0]) : 'other';
}
