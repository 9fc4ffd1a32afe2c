// One client of one server, across reconnects, as a state machine: no socket, no clock, no randomness
// of its own. The same machine as the crate parlor-session, held against that crate's traces.

import { Connection, isFinal, type Status } from "./connection.js";
import { decoded } from "./decode.js";
import type { Output, SessionEvent } from "./events.js";
import { Copy, Outbox, Stage, type OutboxPost } from "./outbox.js";
import { QUESTION_OF, Requests, SeenPositions, roomOf } from "./requests.js";
import { Joining, RoomCursor, Rooms, Violation } from "./rooms.js";
import type {
  Access, Body, ClientInfo, ClientMessage, Entry, ErrorCode, Moderation, Place, Position, Refusal,
  Request, ServerMessage,
} from "./wire.js";

export interface SessionConfig {
  name: string;
  token?: string | undefined;
  access?: Access | undefined;
  client?: ClientInfo | undefined;
  /** Posts that an earlier session left unacknowledged, oldest first. */
  outbox?: OutboxPost[] | undefined;
}

type Of<T extends ServerMessage["type"]> = Extract<ServerMessage, { type: T }>;

/** The codes for which a client is not let in. */
const ABOUT_ACCESS = /^(password|access|login|invitation)_/;

export class Session {
  name: string;
  token: string | undefined;
  access: Access | undefined;
  member: string | undefined;
  readonly rooms = new Rooms();
  #saidName: string | undefined;
  #client: ClientInfo;
  #epoch: string | undefined;
  #connection = new Connection();
  #outbox = new Outbox();
  #requests = new Requests();
  #seen = new SeenPositions();
  #outputs: Output[] = [];

  constructor({ name, token, access, client, outbox = [] }: SessionConfig) {
    this.name = name;
    this.token = token;
    this.access = access;
    this.#client = client ?? { name: "", version: "" };
    for (const post of outbox) this.#outbox.add(post, true);
  }

  // ---- the program's calls; each that may fail returns whether it did what it says ----

  start(now: number): void {
    if (!this.#connection.isConnected) this.#connect(now);
  }

  show(access: Access, now: number): void {
    this.access = access;
    this.start(now);
  }

  renew(access: string): void {
    this.access = access;
    this.#requests.cancel("renew");
    if (this.#isOnline) this.#send({ type: "renew", access });
  }

  stop(): void {
    for (const [room, { stage }] of this.rooms.sorted()) {
      if (stage !== Joining.NotRequested) this.#send({ type: "leave", room });
    }
    this.#close();
    this.#stopWith({});
  }

  join(room: string): void {
    if (!this.rooms.has(room)) this.rooms.set(room, new RoomCursor());
    this.#requests.cancel("leave", room);
    this.#sendJoins();
  }

  /** Joins a room again, after this position or as a newcomer. */
  joinAfter(room: string, after: Position | undefined): void {
    this.rooms.abandon(room);
    const known = new RoomCursor();
    known.position = after;
    // A join that was refused for now waits on.
    known.joinAgainAt = this.rooms.get(room)?.joinAgainAt;
    this.rooms.set(room, known);
    this.join(room);
  }

  leave(room: string): void {
    const left = this.rooms.get(room);
    if (!left) return;
    this.rooms.abandon(room);
    this.rooms.delete(room);
    if (left.stage !== Joining.NotRequested) this.#send({ type: "leave", room });
    this.#requests.left(room);
    this.#seen.remove(room);
    // No entry of the room comes any more, so the posts in flight would never be seen to arrive.
    this.#outbox.resend(room);
    this.#sendPosts();
  }

  post(room: string, id: string, body: Body): boolean {
    const isKept = this.#outbox.add({ room, id, body });
    this.#sendPosts();
    return isKept;
  }

  discard(id: string): OutboxPost | undefined {
    const discarded = this.#outbox.remove(id);
    this.#sendPosts();
    return discarded;
  }

  typing(room: string, now: number): void {
    if (this.rooms.get(room)?.beginTyping(now)) this.#send({ type: "typing", room });
  }

  rename(name: string): void {
    this.name = name;
    this.#requests.cancel("rename");
    if (this.#isOnline) this.#send({ type: "rename", name });
  }

  probe(now: number): void {
    if (this.#connection.is === "waiting") this.#connect(now);
    else this.#ping(now);
  }

  history(room: string, before: number, limit: number): boolean {
    return this.#ask({ type: "history", room, before, limit });
  }

  slice(room: string, at: Place, limit: number): boolean {
    return this.#ask({ type: "slice", room, at, limit });
  }

  search(room: string, text: string): boolean {
    return this.#ask({ type: "search", room, text });
  }

  directory(text: string, after?: string | null): boolean {
    return this.#ask({ type: "rooms", text, after: after ?? undefined });
  }

  moderate(request: Moderation): boolean {
    return this.#ask({ type: "moderate", ...request });
  }

  markSeen(room: string, position: Position, now: number): void {
    if (!this.rooms.has(room)) return;
    this.#seen.set(room, position);
    this.#sendSeen(now);
  }

  flushSeen(now: number): void {
    this.#seen.flush();
    this.#sendSeen(now);
  }

  // ---- the driver's calls ----

  handleOpen(): void {
    if (this.#connection.is === "connecting") this.#sendHello();
  }

  handleClosed(now: number, code: number | null, random: number): void {
    if (!this.#connection.isConnected) return;
    if (code !== null && isFinal(code)) this.#stopWith({ closed: code });
    else this.#lost(now, random);
  }

  handleFrame(now: number, text: string, random: number): void {
    if (!this.#connection.isConnected) return;
    this.#connection.received(now);
    try {
      this.#onMessage(now, decoded(text));
    } catch (error) {
      if (!(error instanceof Violation)) throw error;
      this.#giveUp(now, random);
    }
    this.#sendPosts();
    this.#sendSeen(now);
  }

  handleTimeout(now: number, random: number): void {
    switch (this.#connection.due(now)) {
      case "connect": this.#connect(now); break;
      case "hello": this.#sendHello(); break;
      case "ping": this.#ping(now); break;
      case "give up": this.#giveUp(now, random); break;
      case undefined:
    }
    this.#outbox.timeout(now);
    this.rooms.timeout(now);
    for (const message of this.#requests.timeout(now)) this.#send(message);
    this.#sendJoins();
    this.#sendPosts();
    this.#sendSeen(now);
  }

  // ---- the session's answers ----

  pollOutput(): Output | undefined {
    return this.#outputs.shift();
  }

  pollTimeout(): number | undefined {
    const connection = this.#connection.deadline;
    if (connection === undefined) return undefined;
    const waits = [
      connection, this.#requests.deadline, ...this.rooms.deadlines, ...this.#outbox.deadlines,
      ...this.#seen.deadlines((room) => this.rooms.isLive(room)),
    ];
    return Math.min(...waits.filter((at) => at !== undefined));
  }

  get status(): Status {
    return this.#connection.status;
  }

  get outbox(): OutboxPost[] {
    return this.#outbox.posts;
  }

  // ---- what the server says ----

  #onMessage(now: number, message: ServerMessage): void {
    switch (message.type) {
      case "welcome": return this.#onWelcome(now, message);
      case "joined": if (!this.#onJoined(message)) return; break;
      case "entry": if (!this.#onEntry(message.room, message.entry)) return; break;
      case "duplicate": return this.#ack(message.room, message.entry);
      case "present": if (!this.#onPresent(message.room)) return; break;
      case "presence": if (!this.rooms.isLive(message.room)) return; break;
      case "typing":
        if (!this.rooms.isLive(message.room) || message.member === this.member) return;
        break;
      case "seen": {
        const { room, epoch, seq } = message;
        if (!this.rooms.has(room) || !this.#seen.received(room, { epoch, seq })) return;
        break;
      }
      case "history":
      case "slice":
      case "found":
      case "rooms":
      case "moderated": {
        const request = QUESTION_OF[message.type] ?? message.type as Request;
        this.#requests.answered(request, roomOf(message));
        break;
      }
      case "state":
      case "right":
      case "open_reports": if (!this.rooms.get(message.room)?.isJoined) return; break;
      case "admitted": this.access = message.access ?? this.access; break;
      case "notice": break;
      case "error": return this.#onRefusal(now, message);
      case "pong": return this.#emit({ event: "round_trip", ms: Math.max(now - message.t, 0) });
      // A type of a later version.
      default: return;
    }
    this.#emit({ event: "message", message });
  }

  #onWelcome(now: number, message: Of<"welcome">): void {
    if (this.#connection.is !== "connecting") return;
    this.member = message.member;
    this.token = message.token;
    // What was good for once has been used; the server keeps what it gave.
    if (typeof this.access === "object") this.access = undefined;
    this.#epoch = message.epoch;
    this.#connection.welcome(now, message.heartbeat_ms);
    // Otherwise the program has changed the name since hello.
    if (this.#saidName === this.name) this.name = message.name;
    const isRenamed = message.name !== this.name;
    this.#emit({ event: "message", message });
    this.#emitStatus();
    this.#sendJoins();
    if (isRenamed) this.rename(this.name);
  }

  #onJoined({ room, after, outcome }: Of<"joined">): boolean {
    if (this.rooms.takeAbandoned(room)) return false;
    const known = this.rooms.get(room), epoch = this.#epoch;
    if (!known || !epoch || !known.takeAnswer({ epoch, seq: after }, outcome)) return false;
    this.#seen.takeAnswer(room, epoch);
    // The end of slow mode may be among what is not sent again.
    this.#outbox.speedUp(room);
    return true;
  }

  #onEntry(room: string, entry: Entry): boolean {
    if (entry.member === this.member) this.#ack(room, entry);
    const known = this.rooms.get(room), continuity = known?.accept(entry);
    if (known && continuity === "gap") {
      known.stage = Joining.NotRequested;
      this.#sendJoins();
    } else if (continuity === "next" && entry.body.kind === "slow_mode") {
      this.#outbox.speedUp(room);
    }
    return continuity === "next";
  }

  #onPresent(room: string): boolean {
    const known = this.rooms.get(room);
    if (!known?.isJoined) return false;
    if (known.stage === Joining.CatchingUp) {
      known.stage = Joining.Live;
      // Every missed entry has arrived, so a post that is still in the outbox may never have.
      this.#outbox.resend(room);
    }
    return true;
  }

  #ack(room: string, entry: Entry): void {
    if (this.#outbox.ack(room, entry.id)) this.#emit({ event: "acked", room, entry });
  }

  // ---- refusals ----

  #onRefusal(now: number, refusal: Refusal): void {
    const { code, id, request, retry } = refusal, room = refusal.room ?? undefined;
    if (id != null) return this.#onPostRefusal(now, id, refusal);
    if (retry && this.#connection.is === "connecting") {
      // Nothing but hello was sent.
      this.#connection.retryHello(now, refusal.retry_after_ms);
      return this.#emit({ event: "refused", refusal });
    }
    if (retry && this.#retryRequest(now, refusal)) return;
    if (request === "unknown" as string && this.#seen.unsupported()) return;
    const isConnecting = this.#connection.is === "connecting";
    if (code === "token_invalid" && isConnecting) {
      // Once only: a hello without a token cannot be mended.
      const token = this.token;
      this.token = undefined;
      if (token !== undefined) this.#sendHello();
    } else if (isConnecting && ABOUT_ACCESS.test(code)) {
      this.#emit({ event: "refused", refusal });
      return this.#onAccessRefused(code);
    } else if (room !== undefined && code === "not_joined") {
      this.#rejoin(room);
    } else if (room !== undefined && request === "join"
      && (code === "not_allowed" || code === "banned")) {
      if (!this.rooms.takeAbandoned(room)) this.rooms.delete(room);
    } else if (room !== undefined && code !== "search_invalid"
      && (request == null || request === "join")) {
      this.#onJoinRefusal(now, room, refusal);
    }
    this.#emit({ event: "refused", refusal });
  }

  /** A token may stand in the way of a server that has become open: it is tried without one, once. */
  #onAccessRefused(refused: ErrorCode): void {
    const shown = this.access;
    this.access = undefined;
    if (typeof shown === "string") return this.#sendHello();
    this.#close();
    this.#stopWith({ refused });
  }

  /** Sends again later what was refused for now; returns whether there is nothing to report. */
  #retryRequest(now: number, { request, room: of, retry_after_ms: wait }: Refusal): boolean {
    const room = of ?? undefined;
    if (request == null) return false;
    if (request === "ping" || request === "typing") return true;
    if (request === "rename") {
      this.#requests.keep(request, room, { type: "rename", name: this.name });
    } else if (request === "seen" && room !== undefined) {
      this.#seen.takeRefusal(room, now, wait);
      return true;
    } else if (request === "leave" && room !== undefined) {
      // It is wanted again.
      if (this.rooms.has(room)) return true;
      this.#requests.keep(request, room, { type: "leave", room });
    }
    return this.#requests.sendAgain(now, request, room, wait);
  }

  #onJoinRefusal(now: number, room: string, { retry, retry_after_ms: wait }: Refusal): void {
    if (this.rooms.takeAbandoned(room)) return;
    const known = this.rooms.get(room);
    if (known?.stage !== Joining.Requested) return;
    if (retry) known.retryJoin(now, wait);
    else this.rooms.delete(room);
  }

  #onPostRefusal(now: number, id: string, refusal: Refusal): void {
    const { code, retry_after_ms: wait } = refusal, outbox = this.#outbox;
    const room = outbox.roomOf(id);
    // Without one it is about an earlier copy of a post that was acked or discarded.
    if (room === undefined) return;
    const copy = outbox.takeRefusal(id);
    if (code === "not_joined") {
      outbox.resend(room);
      return this.#rejoin(room);
    }
    if (copy === Copy.Earlier) return;
    if ((code === "out_of_order" && copy === Copy.Chained)
      // From a server that ignores `follows`: the target was refused for now.
      || (code === "target_unknown" && outbox.isTargetWaiting(id))) {
      outbox.goBack(id, Stage.Behind);
    } else if (code === "slow_mode") {
      outbox.goBack(id);
      const until_ms = outbox.slowDown(room, now, wait);
      this.#emit({ event: "slowed", room, until_ms });
    } else if (refusal.retry) {
      outbox.goBack(id);
      outbox.hold(now, wait);
    } else {
      const post = code === "muted" ? undefined : outbox.remove(id);
      for (const removed of post ? [post] : outbox.removeMuted(id)) {
        this.#emit({ event: "post_refused", post: removed, refusal });
      }
    }
  }

  #rejoin(room: string): void {
    const known = this.rooms.get(room);
    if (!known?.isJoined) return;
    known.stage = Joining.NotRequested;
    this.#sendJoins();
  }

  // ---- steps that several calls share ----

  get #isOnline(): boolean {
    return this.#connection.is === "online";
  }

  /** Sends a question about a live room, or about none, and keeps it until it is answered. */
  #ask(
    message: ClientMessage & { type: "history" | "slice" | "search" | "rooms" | "moderate" },
  ): boolean {
    const isOfLog = message.type !== "rooms" && message.type !== "moderate";
    if (!this.#isOnline || (isOfLog && !this.rooms.isLive(message.room))) return false;
    this.#requests.keep(message.type, roomOf(message), message);
    this.#send(message);
    return true;
  }

  #connect(now: number): void {
    this.#outputs.push({ do: "connect" });
    this.#connection.connect(now);
    this.#emitStatus();
  }

  #giveUp(now: number, random: number): void {
    this.#close();
    this.#lost(now, random);
  }

  #close(): void {
    if (this.#connection.isConnected) this.#outputs.push({ do: "close" });
  }

  #lost(now: number, random: number): void {
    this.#connection.lost(now, random);
    this.#disconnected();
  }

  #stopWith(reason: { closed?: number; refused?: ErrorCode }): void {
    this.#connection.stop(reason);
    this.#disconnected();
  }

  #disconnected(): void {
    this.#outbox.disconnected();
    this.rooms.disconnected();
    this.#requests.disconnected();
    this.#seen.disconnected();
    this.#emitStatus();
  }

  #ping(now: number): void {
    if (this.#connection.beginPing(now)) this.#send({ type: "ping", t: now });
  }

  #sendHello(): void {
    this.#connection.saidHello();
    this.#saidName = this.name;
    this.#send({
      type: "hello",
      protocol: 1,
      name: this.name,
      token: this.token,
      access: this.access,
      client: this.#client,
    });
  }

  #sendJoins(): void {
    if (!this.#isOnline) return;
    for (const [room, known] of this.rooms.sorted()) {
      if (known.stage === Joining.NotRequested && known.joinAgainAt === undefined) {
        known.stage = Joining.Requested;
        this.#send({ type: "join", room, after: known.position });
      }
    }
  }

  #sendPosts(): void {
    if (!this.#isOnline) return;
    for (let next; (next = this.#outbox.next((room) => this.rooms.isLive(room)));) {
      const { post: { room, id, body }, follows } = next;
      this.#send({ type: "post", room, id, follows, body });
    }
  }

  #sendSeen(now: number): void {
    for (let seen; (seen = this.#seen.next(now, (room) => this.rooms.isLive(room)));) {
      this.#send(seen);
    }
  }

  /** Fields that are undefined are left out of the frame. */
  #send(frame: ClientMessage): void {
    this.#outputs.push({ do: "send", frame });
  }

  #emit(event: SessionEvent): void {
    this.#outputs.push({ do: "emit", ...event });
  }

  #emitStatus(): void {
    this.#emit({ event: "status", status: this.status });
  }
}
