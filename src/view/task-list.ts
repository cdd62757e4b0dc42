/**
 * One list of tasks on the screen, drawn by listr2 while it is open and left standing when it ends.
 * listr2 draws and nothing more: the tasks' states are set from outside, as events tell them, so that it runs no
 * function, catches no error and hears no signal.
 */
import { stripVTControlCharacters } from 'node:util';
import {
  DefaultRenderer,
  figures,
  ListrDefaultRendererLogLevels as Level,
  Listr,
  type ListrDefaultRendererOptions,
  ListrLogger,
  type ListrTaskObject,
  ProcessOutput,
  ListrTaskState as State,
} from 'listr2';
import type { Paint } from './paint.ts';
import type { Screen } from './screen.ts';
import { displayWidth } from './wrap.ts';

const END_STATES = { done: State.COMPLETED, failed: State.FAILED, skipped: State.SKIPPED } as const;

type Renderer = typeof DefaultRenderer;
type Task = ListrTaskObject<unknown, Renderer, Renderer>;
type List = Listr<unknown, 'default', 'default'>;

interface Entry {
  task: Task;
  /** Steps within this one, once there is one. */
  within: List | null;
}

const SHOW_CURSOR = '\u001b[?25h';
const ERASE_ROW_AND_GO_UP = '\u001b[2K\u001b[1A';
/** Many events in one moment are one picture. */
const DRAW_AFTER_MS = 20;

export class TaskList {
  readonly #list: List;
  readonly #drawing: Drawing;
  readonly #entries = new Map<string, Entry>();
  readonly #restoreCursor: () => void;

  /** `stderr` is kept from writing into the picture: what others write to it meanwhile is printed below the list when it ends. */
  constructor(stderr: NodeJS.WriteStream, screen: Screen, paint: Paint) {
    // While it draws, listr2 replaces the `write` of what it is given: the screen's own stays whole.
    const canvas = Object.create(screen) as NodeJS.WriteStream;
    const logger = new ListrLogger<Level>({
      useIcons: true,
      processOutput: new ProcessOutput(canvas, stderr, { leaveEmptyLine: false }),
    });
    const options: ListrDefaultRendererOptions = {
      ...lookOf(paint),
      logger,
      collapseSubtasks: false,
    };
    this.#list = newList();
    this.#drawing = new Drawing(screen, this.#list.tasks, options, this.#list.events);
    // A second Ctrl-C ends the process in the middle of a picture.
    this.#restoreCursor = () => void screen.write(SHOW_CURSOR);
  }

  /** To be called once, before anything else. */
  async open(): Promise<void> {
    process.once('exit', this.#restoreCursor);
    await this.#drawing.render();
  }

  /** A step that waits, below the others of `parent` (a step of this list) or at the end. */
  async add(step: string, title: string, parent: string | null): Promise<void> {
    const above = parent === null ? undefined : this.#entries.get(parent);
    if (above) above.within ??= newList(above.task);
    const list = above?.within ?? this.#list;
    const rendererOptions = { persistentOutput: true, outputBar: Number.POSITIVE_INFINITY };
    list.add({ title, task: () => {}, rendererOptions, fallbackRendererOptions: rendererOptions });
    const task = list.tasks.at(-1) as Task;
    if (above) above.task.subtasks = list.tasks;
    this.#entries.set(step, { task, within: null });
    await task.check(undefined);
    this.#drawing.listen();
  }

  has(step: string): boolean {
    return this.#entries.has(step);
  }

  /** The nearest step of the list that `step` is a part of, by its name, and that has not ended. */
  parentOf(step: string): string | null {
    for (let name = step; name.indexOf('/') < name.length - 1; ) {
      name = name.slice(0, name.lastIndexOf('/', name.length - 2) + 1);
      if (this.#entries.get(name)?.task.hasFinalized() === false) return name;
    }
    return null;
  }

  begin(step: string): void {
    const task = this.#entries.get(step)?.task;
    if (task && !task.isStarted()) task.state$ = State.STARTED;
  }

  title(step: string, title: string): void {
    const task = this.#entries.get(step)?.task;
    if (task && task.title !== title) task.title$ = title;
  }

  end(step: string, how: keyof typeof END_STATES): void {
    const task = this.#entries.get(step)?.task;
    if (task) task.state$ = END_STATES[how];
  }

  /** Lines that stay under the step, the first of them marked. */
  output(step: string, lines: string): void {
    const task = this.#entries.get(step)?.task;
    if (task) task.output$ = lines;
  }

  /** In the order of the screen; a step's parts after it. */
  unsettled(): { step: string; title: string; begun: boolean }[] {
    const open = [...this.#entries].filter(([, { task }]) => !task.hasFinalized());
    return open.map(([step, { task }]) => ({
      step,
      title: task.title ?? '',
      begun: task.isStarted(),
    }));
  }

  get hasFailed(): boolean {
    return [...this.#entries.values()].some(({ task }) => task.hasFailed());
  }

  /** Draws the last picture, which stays, and gives the cursor and stderr back. */
  close(): void {
    try {
      this.#drawing.end();
    } finally {
      process.off('exit', this.#restoreCursor);
    }
  }
}

/** Both renderers are named, since listr2 chooses between them by whether stdout, which nothing is drawn on here, is a terminal. */
function newList(above?: Task): List {
  return new Listr<unknown, 'default', 'default'>(
    [],
    { registerSignalListeners: false, renderer: 'default', fallbackRenderer: 'default' },
    above,
  );
}

/** listr2's renderer, drawing at its own pace, after a change of the screen's width too, and never throwing at whoever changes a task. */
class Drawing extends DefaultRenderer {
  readonly #screen: Screen;
  #timer: NodeJS.Timeout | null = null;
  #picture: { text: string; columns: number };

  constructor(screen: Screen, ...rest: ConstructorParameters<typeof DefaultRenderer>) {
    super(...rest);
    this.#screen = screen;
    this.#picture = { text: '', columns: screen.columns };
  }

  override update(): void {
    this.#timer ??= setTimeout(() => this.#draw(), DRAW_AFTER_MS);
  }

  override create(options?: Parameters<DefaultRenderer['create']>[0]): string {
    const text = super.create(options);
    this.#picture = { text, columns: this.#screen.columns };
    return text;
  }

  /** Lets the renderer listen to new tasks, which it does when it makes their first picture; nothing is drawn. */
  listen(): void {
    super.create();
  }

  override end(): void {
    if (this.#timer) clearTimeout(this.#timer);
    this.#eraseBrokenLines();
    super.end();
  }

  #draw(): void {
    this.#timer = null;
    try {
      this.#eraseBrokenLines();
      super.update();
    } catch {
      // The next picture has another chance, and the last one is drawn by `end`.
    }
  }

  /** A terminal that became narrower has broken the picture's lines into more rows than listr2 will erase. */
  #eraseBrokenLines(): void {
    const { text, columns } = this.#picture;
    const now = this.#screen.columns;
    if (now >= columns) return;
    const broken = text
      .split('\n')
      .map((line) =>
        Math.max(0, Math.ceil(displayWidth(stripVTControlCharacters(line)) / now) - 1),
      );
    this.#screen.write(ERASE_ROW_AND_GO_UP.repeat(broken.reduce((sum, rows) => sum + rows, 0)));
  }
}

/** Icon and colour of each state. listr2's own colours would follow stdout, which may be a pipe while stderr is a terminal. */
function lookOf(paint: Paint): ListrDefaultRendererOptions {
  const styles: Partial<Record<Level, Parameters<Paint>[0]>> = {
    [Level.COMPLETED]: 'green',
    [Level.COMPLETED_WITH_FAILED_SUBTASKS]: 'yellow',
    [Level.FAILED]: 'red',
    [Level.FAILED_WITH_FAILED_SUBTASKS]: 'red',
    [Level.OUTPUT]: 'dim',
    [Level.PENDING]: 'yellow',
    [Level.SKIPPED_WITH_COLLAPSE]: 'yellow',
    [Level.WAITING]: 'dim',
  };
  const color: NonNullable<ListrDefaultRendererOptions['color']> = {};
  for (const level of Object.values(Level)) {
    const style = styles[level];
    color[level] = (text = '') => (style ? paint(style, text) : text);
  }
  return { color, icon: { [Level.FAILED_WITH_FAILED_SUBTASKS]: figures.cross } };
}
