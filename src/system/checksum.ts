/**
 * Tells whether a text is still the one it was: damage and edits by accident, nobody's forgery. Loading node:crypto for it
 * would cost every command more than all of its reading.
 */

const PRIME = 0x01000193;

/** Sixteen hexadecimal digits: FNV-1a over the characters from the front, and over them from the back. */
export function checksum(text: string): string {
  let [front, back] = [0x811c9dc5, 0x811c9dc5];
  for (let at = 0, last = text.length - 1; at <= last; at++) {
    front = Math.imul(front ^ text.charCodeAt(at), PRIME);
    back = Math.imul(back ^ text.charCodeAt(last - at), PRIME);
  }
  return [front, back].map((half) => (half >>> 0).toString(16).padStart(8, '0')).join('');
}
