/**
 * One client's connection and the one that it is led to: the process itself, or the stage that reads HTTP while a rule wants
 * that. A plain relay of bytes otherwise, half-closed ends and resets included.
 */
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import type { Disturbance, Way } from './disturbance.ts';
import { Pipe } from './pipe.ts';

/** What begins a request. HTTP/2, TLS and everything else stay bytes. */
const REQUEST = /^[A-Z]{3,16} \S+ HTTP\/1\.[01]\r?\n/;
/** A longer first line is no request that we read. */
const FIRST_LINE = 8192;

export interface Surroundings {
  disturbance(): Disturbance;
  /** A new connection to the process, on its way. */
  reach(): Socket;
  /** A new way to the process, on which requests are read. */
  readHttp(): Duplex;
  /** The process has refused or dropped a connection: it may be gone. */
  suspect(): void;
  onClose(connection: Connection): void;
}

export class Connection {
  readonly #client: Socket;
  readonly #around: Surroundings;
  readonly #in: Pipe;
  readonly #out: Pipe;
  #far: Duplex | null = null;
  #readsHttp = false;
  /** The first bytes of a client that waits to be led on. */
  #head: Buffer | null = null;
  /** Which way the last bytes went. */
  #last: Way | null = null;
  /** The answer that comes next is not to arrive. */
  #isDoomed = false;
  #isOver = false;

  constructor(client: Socket, around: Surroundings) {
    this.#client = client;
    this.#around = around;
    const { disturbance } = around;
    this.#in = new Pipe({
      rein: () => ({
        held: this.#far === null || disturbance().held.in,
        delays: disturbance().delays.in,
        limits: [],
      }),
      write: (chunk) => this.#far?.write(chunk) ?? true,
      finish: () => this.#far?.end(),
      breakOff: () => this.cut(),
      holdBack: (waits) => setFlowing(client, !waits),
    });
    this.#out = new Pipe({
      rein: () => ({
        held: disturbance().held.out,
        delays: disturbance().delays.out,
        limits: disturbance().limits,
      }),
      write: (chunk) => client.write(chunk),
      finish: () => client.end(),
      breakOff: () => this.cut(),
      holdBack: (waits) => this.#far && setFlowing(this.#far, !waits),
    });
  }

  begin(): void {
    this.#listenToClient();
    this.#draw();
    this.disturb();
  }

  /** The rules have changed. */
  disturb(): void {
    if (this.#isOver) return;
    const { reset, held } = this.#around.disturbance();
    if (reset) {
      this.cut();
      return;
    }
    if (this.#far === null && !held.in && !held.out)
      this.#lead(this.#head !== null && this.#wantsHttp(this.#head));
    this.#in.flow();
    this.#out.flow();
  }

  /** Both ends are reset. */
  cut(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#in.close();
    this.#out.close();
    reset(this.#client);
    if (this.#far) reset(this.#far);
    this.#around.onClose(this);
  }

  #listenToClient(): void {
    const client = this.#client;
    client.on('data', (chunk: Buffer) => {
      if (this.#last !== 'in') {
        if (this.#last !== null) this.#draw();
        if (this.#isOver) return;
        this.#last = 'in';
        if (this.#far === null) this.#head = chunk;
        else this.#chooseFar(chunk);
      }
      this.#in.push(chunk);
    });
    client.on('end', () => {
      // Nobody was reached yet, and nobody is to be reached for a client that went away.
      if (this.#far === null) this.cut();
      else this.#in.end();
    });
    client.on('drain', () => this.#out.onDrain());
    client.on('error', () => {});
    client.on('close', () => {
      if (client.readableEnded && !client.errored) this.#settle();
      else if (this.#far === null) this.cut();
      else this.#in.breakOff();
    });
  }

  #lead(readsHttp: boolean): void {
    const far = readsHttp ? this.#around.readHttp() : this.#around.reach();
    this.#far = far;
    this.#readsHttp = readsHttp;
    this.#head = null;
    const isCurrent = () => this.#far === far && !this.#isOver;
    far.on('data', (chunk: Buffer) => {
      if (!isCurrent()) return;
      if (this.#last !== 'out') {
        this.#last = 'out';
        if (this.#isDoomed) return this.cut();
      }
      this.#out.push(chunk);
    });
    far.on('end', () => isCurrent() && this.#out.end());
    far.on('drain', () => isCurrent() && this.#in.onDrain());
    far.on('error', () => isCurrent() && this.#around.suspect());
    far.on('close', () => {
      if (!isCurrent()) return;
      this.#around.suspect();
      if (far.readableEnded && !far.errored) this.#settle();
      else this.#out.breakOff();
    });
  }

  /** At the first bytes of what may be a request: everything before it is answered. */
  #chooseFar(chunk: Buffer): void {
    const old = this.#far;
    const wantsHttp = this.#around.disturbance().http.length > 0;
    if (old === null || wantsHttp === this.#readsHttp || !this.#in.isEmpty) return;
    if (wantsHttp && !this.#wantsHttp(chunk)) return;
    this.#lead(wantsHttp);
    old.destroy();
  }

  #wantsHttp(chunk: Buffer): boolean {
    const line = chunk.toString('latin1', 0, FIRST_LINE);
    return this.#around.disturbance().http.length > 0 && REQUEST.test(line);
  }

  /** For each exchange, the first of which is the opening itself: is it lost, and on which way. */
  #draw(): void {
    for (const { share, direction } of this.#around.disturbance().losses) {
      if (Math.random() >= share) continue;
      const way = direction === 'both' ? (Math.random() < 0.5 ? 'in' : 'out') : direction;
      if (way === 'in') this.cut();
      else this.#isDoomed = true;
    }
  }

  /** Over when both ends are closed, or what is left has nowhere to go. */
  #settle(): void {
    if (this.#isOver || !this.#client.destroyed || !this.#far?.destroyed) return;
    this.#isOver = true;
    this.#in.close();
    this.#out.close();
    this.#around.onClose(this);
  }
}

function setFlowing(end: Duplex, flows: boolean): void {
  if (flows) end.resume();
  else end.pause();
}

function reset(end: Duplex): void {
  if ('resetAndDestroy' in end) (end as Socket).resetAndDestroy();
  else end.destroy();
}
