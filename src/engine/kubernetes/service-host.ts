/** Addresses that mean something in a cluster alone: `web.shop.svc`. Pure. */

/** Null: any other address. */
export function parseServiceHost(host: string): { name: string; namespace: string } | null {
  const found = /^([a-z0-9-]+)\.([a-z0-9-]+)\.svc(\.[a-z0-9.-]+)?$/i.exec(host);
  return found ? { name: found[1] as string, namespace: found[2] as string } : null;
}

export function serviceHost(name: string, namespace: string): string {
  return `${name}.${namespace}.svc`;
}
