/** URLs with a user and a password in them: the connection gets both, and nothing that is shown or written down does. Pure. */

/** What is no URL comes back as `(unreadable URL)`, since nobody can tell what is in it. */
export function withoutUserinfo(url: string): string {
  const parsed = URL.parse(url);
  // `user:password@host` without a scheme in front parses as one of a scheme of that user's name, and has no host.
  if (!parsed?.host) return '(unreadable URL)';
  parsed.username = '';
  parsed.password = '';
  return parsed.href;
}

/** The `Authorization` that a URL's userinfo stands for, or null. */
export function basicAuthorization({ username, password }: URL): string | null {
  if (username === '' && password === '') return null;
  return `Basic ${Buffer.from(`${decodeURIComponent(username)}:${decodeURIComponent(password)}`).toString('base64')}`;
}

/** As it may be recorded: without userinfo, query and fragment, any of which may hold a secret. */
export function bareUrl(url: string): string {
  const parsed = URL.parse(url);
  return parsed?.host ? `${parsed.origin}${parsed.pathname}` : '(unreadable URL)';
}
