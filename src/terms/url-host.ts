/** Where an address that something is bound to answers, as it stands in a URL: `127.0.0.1` for any, IPv6 in brackets. */
export function urlHost(address: string): string {
  const bare = address.replace(/^\[|\]$/g, '');
  if (bare === '' || bare === '0.0.0.0' || bare === '::') return '127.0.0.1';
  return bare.includes(':') ? `[${bare}]` : bare;
}
