/** What is left of a text or an address when everything that may sign somebody in is taken out. Pure. */

const HIDDEN = '(not recorded)';

/** `postgres://app:secret@db` in the middle of a sentence becomes `postgres://db`; so do the secrets that a query names. */
export function redactText(text: string): string {
  return text
    .replaceAll(/\b([a-z][a-z\d+.-]*:\/\/)[^\s/@'"<>]*(?:@[^\s/@'"<>]*)*@/gi, '$1')
    .replaceAll(
      /([?&][\w.-]*(?:token|secret|passw(?:or)?d|pwd|key|auth|signature|sig)[\w.-]*=)(?:\(not recorded\)|[^\s&#'"<>]+)/gi,
      `$1${HIDDEN}`,
    );
}

/** As it may be recorded: without userinfo, query and fragment, any of which may hold a secret. */
export function redactUrl(url: string): string {
  const [, scheme, rest] = /^([a-z][a-z\d+.-]*:\/\/)([^?#]*)/i.exec(url) ?? [];
  if (scheme === undefined || rest === undefined) return HIDDEN;
  const slash = rest.indexOf('/');
  const authority = slash < 0 ? rest : rest.slice(0, slash);
  const path = slash < 0 ? '' : rest.slice(slash);
  return `${scheme}${authority.slice(authority.lastIndexOf('@') + 1)}${path}`;
}

/** A path of an operation without its query. */
export function redactPath(path: string): string {
  return path.replace(/[?#].*$/s, '');
}

/** `curl -H "Authorization: …"` as a program and that it had arguments. */
export function redactWords(words: readonly string[]): string[] {
  const [first, ...rest] = words;
  if (first === undefined) return [];
  return rest.length > 0 ? [redactText(first), HIDDEN] : [redactText(first)];
}

/** The names alone. */
export function redactValues<T>(named: Readonly<Record<string, T>>): Record<string, string> {
  return Object.fromEntries(Object.keys(named).map((name) => [name, HIDDEN]));
}

export function hidden<T extends string | null>(text: T): T extends null ? null : string;
export function hidden(text: string | null): string | null {
  return text === null ? null : HIDDEN;
}
