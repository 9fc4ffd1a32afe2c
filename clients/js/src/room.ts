// One room of a client: its entries, and what is posted there.

import type { Client } from "./client.js";
import { ResetError } from "./errors.js";
import { READER_ENTRIES_MAX } from "./limits.js";
import type { Body, Entry, Place, Position, ServerMessage } from "./wire.js";

/** An entry, and its place: keep it, and `entries({ after })` goes on there. */
export type RoomEntry = Entry & { position: Position };

export interface EntriesOptions {
  /** Go on after this place, however long ago it was. Without it the newest entries come first. */
  after?: Position | undefined;
  /** Ends the loop by throwing the signal's reason. */
  signal?: AbortSignal | undefined;
}

export interface PostOptions {
  /** The post's id, from `messageId()`. The same id again appends nothing and gives the same entry. */
  id?: string | undefined;
}

/** Passes entries from the session to the program, which takes them at its own pace. @internal */
export class Reader {
  readonly #entries: RoomEntry[] = [];
  #error: unknown;
  #wake = () => {};
  /** The place of the newest entry that was kept, once others came that were not. */
  #lagsAfter: Position | undefined;
  #isFirstJoin = true;

  constructor(readonly room: string, private readonly after: Position | undefined) {}

  takeAnswer(outcome: "resumed" | "reset"): void {
    const isExpected = outcome === "resumed" || (this.#isFirstJoin && !this.after);
    this.#isFirstJoin = false;
    if (!isExpected) this.fail(new ResetError(this.room));
  }

  push(entry: RoomEntry): void {
    if (this.#error !== undefined || this.#lagsAfter) return;
    this.#entries.push(entry);
    if (this.#entries.length >= READER_ENTRIES_MAX) this.#lagsAfter = entry.position;
    this.#wake();
  }

  /** Ends the loop once it has taken what came before. */
  fail(error: unknown): void {
    this.#error ??= error;
    this.#wake();
  }

  /** The next entry; or the place after which to read the log again, because not all were kept. */
  async next(): Promise<{ entry: RoomEntry } | { lagsAfter: Position }> {
    for (;;) {
      const entry = this.#entries.shift(), lagsAfter = this.#lagsAfter;
      if (entry) return { entry };
      if (this.#error !== undefined) throw this.#error;
      if (lagsAfter) {
        this.#lagsAfter = undefined;
        return { lagsAfter };
      }
      await new Promise<void>((wake) => { this.#wake = wake; });
    }
  }
}

export class Room {
  /** @internal Use `client.room`. */
  constructor(private readonly client: Client, readonly id: string) {}

  /**
   * The room's entries: each one once, in order and without a gap, across reconnects and restarts of
   * the server. One loop at a time. A slow loop slows nobody down: what does not fit into memory is
   * read from the log later.
   *
   * @throws ResetError if the log no longer has the place to go on at.
   * @throws RefusedError if the room may not be read.
   * @throws StoppedError if the client was stopped.
   */
  async *entries({ after, signal }: EntriesOptions = {}): AsyncGenerator<RoomEntry, never, void> {
    signal?.throwIfAborted();
    const reader = new Reader(this.id, after);
    const onAbort = () => reader.fail(signal?.reason);
    signal?.addEventListener("abort", onAbort);
    try {
      this.client.read(reader, after);
      for (;;) {
        const next = await reader.next();
        if ("entry" in next) yield next.entry;
        else this.client.readOn(reader, next.lagsAfter);
      }
    } finally {
      signal?.removeEventListener("abort", onAbort);
      this.client.unread(reader);
    }
  }

  /**
   * Appends a message, or another body; resolves with the entry once it is on the log for good. Sent
   * again until then, across reconnects.
   *
   * @throws RefusedError if it was refused for good.
   * @throws StoppedError if the client was stopped before. With a store, it is sent next time.
   */
  post(body: string | Body, { id }: PostOptions = {}): Promise<Entry> {
    return this.client.post(this.id, typeof body === "string" ? { kind: "post", text: body } : body, id);
  }

  reply(to: string, text: string, options?: PostOptions): Promise<Entry> {
    return this.post({ kind: "post", text, reply_to: to }, options);
  }

  edit(target: string, text: string): Promise<Entry> {
    return this.post({ kind: "edit", target, text });
  }

  delete(target: string): Promise<Entry> {
    return this.post({ kind: "deletion", target });
  }

  react(target: string, emoji: string, on = true): Promise<Entry> {
    return this.post({ kind: "reaction", target, emoji, on });
  }

  /** Up to `limit` entries before a place. */
  history(before: number, limit = 50): Promise<Extract<ServerMessage, { type: "history" }>> {
    return this.client.ask("history", this.id, (session) => session.history(this.id, before, limit));
  }

  /** Up to `limit` entries at a place, however far back. */
  slice(at: Place, limit = 50): Promise<Extract<ServerMessage, { type: "slice" }>> {
    return this.client.ask("slice", this.id, (session) => session.slice(this.id, at, limit));
  }

  /** The messages that have these words, the newest first. */
  search(text: string): Promise<Extract<ServerMessage, { type: "found" }>> {
    return this.client.ask("search", this.id, (session) => session.search(this.id, text));
  }

  /** Says that the user is typing; at most every three seconds, whatever the program does. */
  typing(): void {
    this.client.call((session, now) => session.typing(this.id, now));
  }

  /** Says that everything up to here is seen, for all devices of the member. */
  markSeen(position: Position): void {
    this.client.call((session, now) => session.markSeen(this.id, position, now));
  }

  /** Leaves the room. Posts to it wait until it is read or joined again. */
  leave(): void {
    this.client.leave(this.id);
  }
}
