/** What a screen of the run needs of whatever it is drawn on. */
import type { Keypress } from '../../view/screen/keypress.ts';
import type { ScreenModel } from '../../view/screen/model.ts';

/** Where it is drawn: the screen of a terminal, or lines one by one. */
export interface Surface {
  open(events: { key(key: Keypress): void; resized(): void; closed(): void }): void;
  show(model: ScreenModel): void;
  suspend(): void;
  redraw(): void;
  close(): void;
}
