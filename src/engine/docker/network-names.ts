/**
 * Answers to questions for names: dropped, or rewritten on their way in by the kernel itself, so that nothing has to run beside
 * the target. Pure. Answers are what is met, wherever they come from, for the engine's own answerer is asked over the
 * loopback device; a question that is dropped would be an error for who sends it.
 */
import type { NamesEffect } from '../../fault/network-effect.ts';

const DNS_PORT = 53;
/** The parts of an answer over UDP, in bytes from the header of UDP on: its code, the number of its records, the name. */
const UDP = 8;
const FLAGS_AT = UDP + 2;
const COUNT_AT = UDP + 6;
const NAME_AT = UDP + 12;
/** Type and class of a question; of a record, its time to live and the length of its data come behind. */
const TYPE = 4;
const RECORD = TYPE + 6;
/** As much of a packet as the kernel compares at once. */
const PIECE = 16;
/** The kernel reaches no byte behind it. */
const REACH = 250;
/** The name that was asked for, said again by pointing there; a record of IPv4 (A) and one of IPv6 (AAAA), both of the internet. */
const POINTER = [0xc0, 0x0c];
const IPV4 = [0, 1, 0, 1];
const IPV6 = [0, 28, 0, 1];
/** RFC 1035. */
const CODES = { servfail: 2, nxdomain: 3 };
/** A whole packet without a checksum is as good, over IPv4; the kernel would not write it anew. */
const UNCHECKED = 'udp checksum set 0';
/** Before an address of IPv4 that is written as one of IPv6. */
const MAPPED = [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff];
/** For documents alone (RFC 5737): nobody answers there. */
const NOBODY = '192.0.2.1';

export interface Rule {
  match: string;
  /** Statements. */
  does: string;
}

/** `names` null: all of them. */
export function nameRules({ names, answer, address }: NamesEffect): Rule[] {
  const protocols = names === null ? ['udp', 'tcp'] : ['udp'];
  const asked = (names ?? [null]).map((name) => ({ bytes: name === null ? [] : bytesOf(name) }));
  const drop = (match: string): Rule => ({ match, does: 'drop' });
  if (answer === undefined)
    return protocols.flatMap((protocol) =>
      asked.map(({ bytes }) => drop(answerMatch(protocol, bytes))),
    );
  // What cannot be rewritten is dropped: by TCP, which counts its bytes, and by IPv6, which wants its checksum.
  const dropped = asked.map(({ bytes }) => drop(`meta nfproto ipv6 ${answerMatch('udp', bytes)}`));
  if (names === null) dropped.push(drop(answerMatch('tcp', [])));
  const rewritten = asked.flatMap(({ bytes }) =>
    answer === 'wrong' ? wrong(bytes, address ?? NOBODY) : [failing(bytes, CODES[answer])],
  );
  return [...dropped, ...rewritten];
}

/** Why such an answer cannot be given; null: it can. */
export function whyNoAnswer({ names, answer, address }: NamesEffect): string | null {
  if (address !== undefined && answer !== 'wrong') return '--address belongs to --answer wrong';
  if (answer !== 'wrong') return null;
  if (names === null) return 'a wrong answer is given for single names alone';
  const long = names.find((name) => recordsWithin(bytesOf(name), MAPPED.length + 4) === 0);
  return long === undefined ? null : `the name ${long} is too long for a wrong answer`;
}

/** The records stay where they are, so that the answer is whole; who reads it reads the code first. */
function failing(name: readonly number[], code: number): Rule {
  return {
    match: `meta nfproto ipv4 ${answerMatch('udp', name)}`,
    does: `${UNCHECKED} @th,${FLAGS_AT * 8 + 12},4 set ${code}`,
  };
}

/** Every address becomes the wrong one. */
function wrong(name: readonly number[], address: string): Rule[] {
  const ip4 = address.split('.').map(Number);
  const ip6 = [...MAPPED, ...ip4];
  return [...wrongOf(name, IPV4, ip4), ...wrongOf(name, IPV6, ip6)];
}

function wrongOf(name: readonly number[], type: readonly number[], address: number[]): Rule[] {
  const question = `meta nfproto ipv4 ${answerMatch('udp', [...name, ...type])}`;
  const count = `@th,${COUNT_AT * 8},16`;
  const first = NAME_AT + name.length + TYPE;
  const most = recordsWithin(name, address.length);
  // Answerers write the name again, or point to the question.
  const rewritten = [name, POINTER].flatMap((written) =>
    Array.from({ length: most }, (_, index): Rule => {
      const at = first + index * (written.length + RECORD + address.length);
      return {
        match: `${question} ${count} > ${index} ${bytesMatch(at, [...written, ...type])}`,
        does: `${UNCHECKED} @th,${(at + written.length + RECORD) * 8},${address.length * 8} set 0x${hexOf(address)}`,
      };
    }),
  );
  // What is too long, or begins with an alias, would stay right.
  const [again, pointed] = [name, POINTER].map(
    ({ length }) => `@th,${(first + length) * 8},${TYPE * 8} != 0x${hexOf(type)}`,
  );
  return [
    { match: `${question} ${count} > ${most}`, does: 'drop' },
    { match: `${question} ${count} > 0 ${again} ${pointed}`, does: 'drop' },
    ...rewritten,
  ];
}

/** How many records can be reached, where each has the whole name. */
function recordsWithin({ length }: readonly number[], bytes: number): number {
  const first = NAME_AT + length + TYPE;
  return Math.max(0, Math.floor((REACH - first) / (length + RECORD + bytes)));
}

function answerMatch(protocol: string, name: readonly number[]): string {
  const question = name.length === 0 ? '' : ` ${bytesMatch(NAME_AT, name)}`;
  return `${protocol} sport ${DNS_PORT}${question}`;
}

/** These bytes at this place, piece by piece. */
function bytesMatch(from: number, bytes: readonly number[]): string {
  const pieces: string[] = [];
  for (let at = 0; at < bytes.length; at += PIECE) {
    const piece = bytes.slice(at, at + PIECE);
    pieces.push(`@th,${(from + at) * 8},${piece.length * 8} 0x${hexOf(piece)}`);
  }
  return pieces.join(' ');
}

/** The name as an answer repeats it: each label behind its length, and a zero. */
function bytesOf(name: string): number[] {
  const labels = name
    .split('.')
    .map((text) => [text.length, ...[...text].map((letter) => letter.charCodeAt(0))]);
  return [...labels.flat(), 0];
}

function hexOf(bytes: readonly number[]): string {
  return bytes.map((byte) => byte.toString(16).padStart(2, '0')).join('');
}
