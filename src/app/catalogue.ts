/** What there is to choose from here: our own rows, and those of plugins where somebody asks for one that is not ours. */
import type { Catalogue } from '../fault/catalogue.ts';
import type { FaultKind, FaultOffers } from '../fault/contribution.ts';
import { OWN_KINDS } from '../fault/kinds/index.ts';
import { ask, type Host } from './contributions.ts';
import { DEFAULT_ENGINE, ENGINES } from './engines.ts';

/** Of an engine whose row says nothing of stories. */
const NAME_ALONE = { key: null, needs: null, services_in: 'instances' };

export const OWN_CATALOGUE: Catalogue = {
  kinds: OWN_KINDS,
  engines: ENGINES.map(({ kind, story }) => ({ kind, ...(story ?? NAME_ALONE) })),
  default_engine: DEFAULT_ENGINE.kind,
};

const EVENT = 'gameday:faults';

/** With what the plugins of the host bring. A kind that bears the name of another one is left out; `notes` say so, and who failed. */
export async function fullCatalogue(
  host: Host,
): Promise<{ catalogue: Catalogue; notes: string[] }> {
  const { offers, notes } = await ask<FaultOffers>(host, EVENT);
  const kinds: FaultKind[] = [...OWN_KINDS];
  for (const { plugin, offer } of offers) {
    for (const kind of offer.kinds ?? []) {
      if (kinds.some((row) => row.kind === kind.kind))
        notes.push(`${plugin} brings a fault of kind ${kind.kind}, which there is already.`);
      else kinds.push(kind);
    }
  }
  return { catalogue: { ...OWN_CATALOGUE, kinds }, notes };
}
