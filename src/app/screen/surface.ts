/** What a screen of the run needs of whatever it is drawn on, and of whoever opens it. */

import type { Picture } from '../../run/picture.ts';
import type { Keypress } from '../../view/screen/keypress.ts';
import type { ScreenModel } from '../../view/screen/model.ts';
import type { Wrap } from '../../view/wrap.ts';

/** Where it is drawn: the screen of a terminal, or lines one by one. */
export interface Surface {
  open(events: { key(key: Keypress): void; resized(): void; closed(): void }): void;
  show(model: ScreenModel): void;
  suspend(): void;
  redraw(): void;
  close(): void;
}

export interface PlayOptions {
  /** Ask nothing before something is broken. */
  yes: boolean;
  /** Only look. */
  audience: boolean;
  /** Address of the audience's page; null: none is served. */
  page: string | null;
  wrap: Wrap;
  /** It ends by itself when this is so; asked at least once a second. */
  isOver?: (picture: Picture) => boolean;
  /** In the terms of the host: `gameday fault recover`. */
  spell(text: string): string;
  spellNext(next: string): string;
}
