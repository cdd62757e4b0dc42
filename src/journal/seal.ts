/**
 * What a line of a journal bears to tell later whether it is still as it was written: a flipped bit or an edit inside a text
 * is no mistake of form, and would undo the wrong thing. Against accidents, not against forgery. Pure.
 */
import { checksum } from '../system/checksum.ts';

const SEAL = /,"sum":"([0-9a-f]{16})"\}$/;

/** `json`: an object that is not empty, on one line. */
export function sealed(json: string): string {
  return `${json.slice(0, -1)},"sum":"${checksum(json)}"}`;
}

/** A line without a seal tells nothing. */
export function isChanged(line: string): boolean {
  const [seal = '', sum] = SEAL.exec(line) ?? [];
  return sum !== undefined && sum !== checksum(`${line.slice(0, -seal.length)}}`);
}
