/** SQLSTATE in a few operation, as PostgreSQL's appendix of error codes has them; never a message, which may quote a row. Pure. */
import { errorKind } from '../error-kinds.ts';

const STATES: Record<string, string> = {
  '40001': 'serialization failure',
  '40P01': 'deadlock',
  '53100': 'disk full',
  '53300': 'too many connections',
  '55P03': 'lock not available',
  '57014': 'cancelled',
  '57P01': 'shutting down',
  '57P02': 'crashed',
  '57P03': 'not ready',
  '25006': 'readonly',
  '42P01': 'no such table',
  '42501': 'not allowed',
  '23505': 'duplicate key',
};

const CLASSES: Record<string, string> = {
  '08': 'reset',
  '22': 'wrong data',
  '23': 'constraint',
  '28': 'sign-in refused',
  '3D': 'no such database',
  '40': 'rolled back',
  '42': 'wrong query',
  '53': 'out of resources',
  '57': 'shutting down',
  '58': 'system error',
  XX: 'internal error',
};

const SQLSTATE = /^[0-9A-Z]{5}$/;

/** `no such table`, `too many connections`, …, or one of the kinds that every network has. */
export function postgresErrorKind(error: Error): string {
  const { code } = error as { code?: unknown };
  // The system's own errors begin with E and a word; no class of SQLSTATE does.
  if (typeof code === 'string' && SQLSTATE.test(code) && !/^E[A-Z]/.test(code))
    return STATES[code] ?? CLASSES[code.slice(0, 2)] ?? `SQLSTATE ${code}`;
  if (error.message === 'timeout expired') return 'timeout';
  if (error.message.startsWith('Connection terminated')) return 'reset';
  return errorKind(error);
}
