// Drives a session: a socket, a clock, and the promises of the program.

import { OfflineError, RefusedError, StoppedError } from "./errors.js";
import type { Status } from "./connection.js";
import { QUESTION_OF, roomOf } from "./requests.js";
import { Reader, Room } from "./room.js";
import type { SessionEvent } from "./events.js";
import { Session } from "./session.js";
import type { Store } from "./store.js";
import type { Access, Body, ClientInfo, Entry, Moderation, Position, Request, ServerMessage } from "./wire.js";

export interface Options {
  /** The member's name. */
  name: string;
  /** The token of an earlier client, to be the same member. A store keeps it by itself. */
  token?: string | undefined;
  /** What lets the client in, where the server asks for it. */
  access?: Access | undefined;
  /** What program this is, for the server's operator. */
  client?: ClientInfo | undefined;
  /** Keeps posts and the token beyond this client. Without it they are in memory. */
  store?: Store | undefined;
  /** Is told everything: presence, typing, notices, the connection's state. */
  onEvent?: ((event: SessionEvent) => void) | undefined;
  /** The class of the socket, for a platform that has none of its own (Node.js before 22). */
  WebSocket?: typeof WebSocket | undefined;
}

/** An id for a post: a UUID of version 7. */
export function messageId(now = Date.now()): string {
  const bytes = crypto.getRandomValues(new Uint8Array(10));
  const random = Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
  const time = now.toString(16).padStart(12, "0");
  const variant = "89ab"[bytes[9]! & 3];
  return `${time.slice(0, 8)}-${time.slice(8)}-7${random.slice(0, 3)}-${variant}${random.slice(3, 6)}-${random.slice(6, 18)}`;
}

/** The address of the socket of a server that is at this one. */
function socketUrl(url: string | URL): URL {
  const socket = new URL(url, globalThis.location?.href);
  socket.protocol = socket.protocol.replace("http", "ws");
  if (!/^wss?:$/.test(socket.protocol)) throw new TypeError(`${url} is no address of a server.`);
  if (!socket.pathname.endsWith("/ws")) socket.pathname = socket.pathname.replace(/\/?$/, "/ws");
  return socket;
}

interface Waiting<T> {
  resolve(value: T): void;
  reject(error: unknown): void;
}

interface Question extends Waiting<ServerMessage> {
  request: Request;
  room: string | undefined;
}

/**
 * Makes a client of the server at this address: that of its page, or of its `/ws`. It connects by
 * itself, again and again, until it is closed or the server says stop.
 */
export async function connect(url: string | URL, options: Options): Promise<Client> {
  const socket = socketUrl(url);
  if (!(options.WebSocket ?? globalThis.WebSocket)) {
    throw new TypeError("There is no WebSocket here (Node.js before 22): give the class of one.");
  }
  const saved = await options.store?.load();
  const token = options.token ?? saved?.token, access = options.access ?? saved?.access;
  return new Client(socket, { ...options, token, access }, saved?.posts ?? []);
}

export class Client {
  readonly #url: URL;
  readonly #options: Options;
  readonly #session: Session;
  #socket: WebSocket | undefined;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #isPumping = false;
  readonly #readers = new Map<string, Reader>();
  readonly #posts = new Map<string, Waiting<Entry> & { promise: Promise<Entry> }>();
  #questions: Question[] = [];
  /** Called when a room becomes live, or never will; without a room, when the client is online. */
  #live: (Waiting<void> & { room: string | undefined })[] = [];
  /** The store's work, one after the other. */
  #stored: Promise<unknown> = (async () => {})();
  readonly #onOnline = () => this.call((session, now) => session.probe(now));

  /** @internal Use `connect`. */
  constructor(url: URL, options: Options, outbox: Session["outbox"]) {
    this.#url = url;
    this.#options = options;
    this.#session = new Session({ ...options, outbox });
    for (const { room } of outbox) this.#session.join(room);
    globalThis.addEventListener?.("online", this.#onOnline);
    this.start();
  }

  get status(): Status {
    return this.#session.status;
  }

  /** The member that the client is, once it was welcomed. */
  get member(): string | undefined {
    return this.#session.member;
  }

  /** Makes the client this member again on its next connection. Secret. */
  get token(): string | undefined {
    return this.#session.token;
  }

  /** A room. It is joined once something is read or posted there. */
  room(id: string): Room {
    return new Room(this, id);
  }

  /** Connects now, cutting a wait short; `access` is what the server has asked for. */
  start(access?: Access): void {
    this.call((session, now) => access === undefined ? session.start(now) : session.show(access, now));
  }

  /** Gives the server a new access token before the old one expires. */
  renew(access: string): void {
    this.call((session) => session.renew(access));
  }

  rename(name: string): void {
    this.call((session) => session.rename(name));
  }

  /** A page of the server's rooms. */
  rooms(text = "", after?: string | null): Promise<Extract<ServerMessage, { type: "rooms" }>> {
    return this.ask("rooms", undefined, (session) => session.directory(text, after));
  }

  /** Asks for something that stands on no room's log: a report, a ban, a right. */
  moderate(request: Moderation): Promise<Extract<ServerMessage, { type: "moderated" }>> {
    return this.ask("moderate", roomOf(request), (session) => session.moderate(request));
  }

  /** Leaves every room and disconnects. Resolves once the store has everything. */
  async close(): Promise<void> {
    globalThis.removeEventListener?.("online", this.#onOnline);
    this.call((session, now) => {
      session.flushSeen(now);
      session.stop();
    });
    await this.#stored;
  }

  // ---- for the rooms ----

  /** Calls the session, and does what it asks for. @internal */
  call<T>(work: (session: Session, now: number) => T): T {
    const result = work(this.#session, performance.now());
    this.#pump();
    return result;
  }

  /** @internal */
  post(room: string, body: Body, id = messageId()): Promise<Entry> {
    const known = this.#posts.get(id);
    if (known) return known.promise;
    const waiting = {} as Waiting<Entry>;
    const promise = new Promise<Entry>((resolve, reject) => Object.assign(waiting, { resolve, reject }));
    this.#posts.set(id, { ...waiting, promise });
    const send = () => this.call((session) => {
      if (this.status.is === "stopped") throw new StoppedError(this.status);
      if (!session.rooms.has(room)) session.join(room);
      if (!session.post(room, id, body)) throw new Error("Too many unsent posts. Wait for some.");
    });
    const { store } = this.#options;
    const fail = (error: unknown) => {
      if (error instanceof StoppedError) this.#posts.delete(id);
      else this.#onPostEnded(id, () => {});
      waiting.reject(error);
    };
    // In the order of the calls, and before anything is sent.
    if (store) this.#save(() => store.put({ room, id, body })).then(send).catch(fail);
    else try { send(); } catch (error) { fail(error); }
    return promise;
  }

  /** @internal */
  async ask<T extends ServerMessage["type"]>(
    request: Request,
    room: string | undefined,
    send: (session: Session) => boolean,
  ): Promise<Extract<ServerMessage, { type: T }>> {
    const isThere = room === undefined ? this.status.is === "online" : this.#session.rooms.isLive(room);
    if (!isThere) {
      if (this.status.is === "stopped") throw new StoppedError(this.status);
      await new Promise<void>((resolve, reject) => {
        this.#live.push({ room, resolve, reject });
        this.call((session) => { if (room !== undefined) session.join(room); });
      });
    }
    const answer = new Promise<ServerMessage>((resolve, reject) => {
      this.#questions.push({ request, room, resolve, reject });
    });
    const question = this.#questions.at(-1);
    if (!this.call(send)) {
      this.#questions = this.#questions.filter((other) => other !== question);
      throw new OfflineError();
    }
    return await answer as Extract<ServerMessage, { type: T }>;
  }

  /** @internal */
  read(reader: Reader, after: Position | undefined): void {
    if (this.#readers.has(reader.room)) throw new Error(`A loop reads ${reader.room} already.`);
    if (this.status.is === "stopped") throw new StoppedError(this.status);
    this.#readers.set(reader.room, reader);
    this.readOn(reader, after);
  }

  /** @internal */
  readOn(reader: Reader, after: Position | undefined): void {
    this.call((session) => session.joinAfter(reader.room, after));
  }

  /** @internal */
  unread(reader: Reader): void {
    if (this.#readers.get(reader.room) === reader) this.#readers.delete(reader.room);
  }

  /** @internal */
  leave(room: string): void {
    this.call((session) => session.leave(room));
    this.#readers.get(room)?.fail(new Error(`The client has left ${room}.`));
  }

  // ---- the driver ----

  #pump(): void {
    // A program that calls the client from `onEvent` is served by the loop that is under way.
    if (this.#isPumping) return;
    this.#isPumping = true;
    try {
      for (let output; (output = this.#session.pollOutput());) {
        switch (output.do) {
          case "connect": this.#open(); break;
          case "send": this.#socket?.send(JSON.stringify(output.frame)); break;
          case "close": this.#drop(); break;
          case "emit": this.#onEvent(output);
        }
      }
    } finally {
      this.#isPumping = false;
    }
    clearTimeout(this.#timer);
    const at = this.#session.pollTimeout();
    if (at === undefined) return;
    this.#timer = setTimeout(
      () => this.call((session, now) => session.handleTimeout(now, random())),
      Math.max(at - performance.now(), 0),
    );
  }

  #open(): void {
    const closed = (code: number | null) => {
      this.#socket = undefined;
      this.call((session, now) => session.handleClosed(now, code, random()));
    };
    let socket: WebSocket;
    try {
      socket = new (this.#options.WebSocket ?? WebSocket)(this.#url);
    } catch {
      // The page may not open it. Not at once, as if it could not be reached.
      setTimeout(closed, 0, null);
      return;
    }
    const isCurrent = () => this.#socket === socket;
    this.#socket = socket;
    socket.onopen = () => { if (isCurrent()) this.call((session) => session.handleOpen()); };
    socket.onmessage = ({ data }) => {
      if (isCurrent()) {
        this.call((session, now) => session.handleFrame(now, String(data), random()));
      }
    };
    socket.onclose = ({ code }) => { if (isCurrent()) closed(code); };
    socket.onerror = () => {};
  }

  #drop(): void {
    const socket = this.#socket;
    this.#socket = undefined;
    socket?.close(1000);
  }

  #onEvent(event: SessionEvent): void {
    switch (event.event) {
      case "status": this.#onStatus(event.status); break;
      case "message": this.#onMessage(event.message); break;
      case "acked": this.#onPostEnded(event.entry.id, ({ resolve }) => resolve(event.entry)); break;
      case "post_refused":
        this.#onPostEnded(event.post.id, ({ reject }) => reject(new RefusedError(event.refusal)));
        break;
      case "refused": this.#onRefused(event.refusal); break;
      case "slowed":
      case "round_trip":
    }
    this.#options.onEvent?.(event);
  }

  #onStatus(status: Status): void {
    if (status.is === "online") this.#endWaits(undefined, ({ resolve }) => resolve());
    else for (const { reject } of this.#questions.splice(0)) reject(new OfflineError());
    if (status.is !== "stopped") return;
    const error = new StoppedError(status);
    for (const reader of this.#readers.values()) reader.fail(error);
    for (const { reject } of this.#live.splice(0)) reject(error);
    for (const { reject } of this.#posts.values()) reject(error);
    this.#posts.clear();
  }

  #onMessage(message: ServerMessage): void {
    const room = roomOf(message);
    const reader = room === undefined ? undefined : this.#readers.get(room);
    switch (message.type) {
      case "joined": reader?.takeAnswer(message.outcome); break;
      case "entry": {
        const position = this.#session.rooms.get(message.room)?.position;
        if (position) reader?.push({ ...message.entry, position });
        break;
      }
      case "present": this.#endWaits(room, ({ resolve }) => resolve()); break;
      case "welcome":
      case "admitted": {
        const { store } = this.#options, { token, access } = this.#session;
        // A password is not kept; what the server has given in its place is.
        const kept = typeof access === "string" ? access : undefined;
        if (store) this.#save(() => store.keep({ token, access: kept })).catch(() => {});
        break;
      }
      default: {
        const request = QUESTION_OF[message.type] ?? message.type as Request;
        this.#takeQuestion(request, room)?.resolve(message);
      }
    }
  }

  #takeQuestion(request: Request, room: string | undefined): Question | undefined {
    const at = this.#questions.findIndex((question) =>
      question.request === request && question.room === room);
    return at < 0 ? undefined : this.#questions.splice(at, 1)[0];
  }

  #onRefused(refusal: Extract<SessionEvent, { event: "refused" }>["refusal"]): void {
    const { request, retry } = refusal, room = refusal.room ?? undefined;
    const error = new RefusedError(refusal);
    if (request != null) this.#takeQuestion(request, room)?.reject(error);
    // The session joins again by itself what was refused for now.
    if (room === undefined || retry || this.#session.rooms.has(room)) return;
    this.#readers.get(room)?.fail(error);
    this.#endWaits(room, ({ reject }) => reject(error));
  }

  #endWaits(room: string | undefined, end: (waiting: Waiting<void>) => void): void {
    const ended = this.#live.filter((waiting) => waiting.room === room);
    this.#live = this.#live.filter((waiting) => waiting.room !== room);
    ended.forEach(end);
  }

  #onPostEnded(id: string, end: (waiting: Waiting<Entry>) => void): void {
    const waiting = this.#posts.get(id), { store } = this.#options;
    this.#posts.delete(id);
    if (store) this.#save(() => store.delete(id)).catch(() => {});
    if (waiting) end(waiting);
  }

  #save<T>(work: () => Promise<T>): Promise<T> {
    const saved = this.#stored.then(work);
    this.#stored = saved.catch(() => {});
    return saved;
  }
}

function random(): number {
  return Math.floor(Math.random() * 2 ** 32);
}
