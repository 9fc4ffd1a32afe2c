// The rooms of a session: how far each join has come, and which entry comes next.

import { retryWait } from "./connection.js";
import { TYPING_INTERVAL_MS } from "./limits.js";
import type { Entry, Position } from "./wire.js";

/** The server sent something that is no message, or contradicts what it sent before. */
export class Violation extends Error {}

/** How far a join has come on this connection. Entries that arrive while joining are another join's. */
export const enum Joining { NotRequested, Requested, CatchingUp, Live }

export class RoomCursor {
  /** The newest entry that was passed on, in the epoch that the room was last joined in. */
  position: Position | undefined;
  stage = Joining.NotRequested;
  joinAgainAt: number | undefined;
  #refusedJoins = 0;
  #typingAgainAt = 0;
  /** The place at which an entry was last found missing. */
  #gapAfter: number | undefined;

  get isJoined(): boolean {
    return this.stage >= Joining.CatchingUp;
  }

  /** Takes the answer to a join; returns whether it is the one to the last join. */
  takeAnswer(after: Position, outcome: string): boolean {
    if (this.stage !== Joining.Requested) return false;
    if (outcome === "resumed" && this.position?.seq !== after.seq) throw new Violation();
    this.position = after;
    this.stage = Joining.CatchingUp;
    this.#refusedJoins = 0;
    return true;
  }

  /** Checks an entry, and moves the position on if it is the next one. */
  accept({ seq, prev }: Entry): "next" | "stale" | "gap" {
    const position = this.position;
    if (!this.isJoined || !position || seq <= position.seq) return "stale";
    if (prev === position.seq) {
      this.position = { epoch: position.epoch, seq };
      return "next";
    }
    const isSameGap = this.#gapAfter === position.seq;
    this.#gapAfter = position.seq;
    if (!isSameGap) return "gap";
    // From this place the server's log does not go on. Asked again, it would say the same.
    this.position = undefined;
    throw new Violation();
  }

  retryJoin(now: number, askedMs?: number | null): void {
    this.stage = Joining.NotRequested;
    this.joinAgainAt = now + retryWait(askedMs, this.#refusedJoins++);
  }

  beginTyping(now: number): boolean {
    if (this.stage !== Joining.Live || now < this.#typingAgainAt) return false;
    this.#typingAgainAt = now + TYPING_INTERVAL_MS;
    return true;
  }
}

export class Rooms extends Map<string, RoomCursor> {
  /** How many answers to joins come first that nobody waits for any more. */
  #abandoned = new Map<string, number>();

  /** The rooms by their ids: everything that goes through all of them does so in this order. */
  sorted(): [string, RoomCursor][] {
    return [...this].sort(([one], [other]) => (one < other ? -1 : 1));
  }

  /** The answer to a join that is under way will belong to no newer join. */
  abandon(room: string): void {
    if (this.get(room)?.stage === Joining.Requested) {
      this.#abandoned.set(room, (this.#abandoned.get(room) ?? 0) + 1);
    }
  }

  /** Counts an answer to a join of this room; returns whether the join had been abandoned. */
  takeAbandoned(room: string): boolean {
    const count = this.#abandoned.get(room);
    if (!count) return false;
    this.#abandoned.set(room, count - 1);
    return true;
  }

  isLive(room: string): boolean {
    return this.get(room)?.stage === Joining.Live;
  }

  timeout(now: number): void {
    for (const room of this.values()) {
      if (room.joinAgainAt !== undefined && now >= room.joinAgainAt) room.joinAgainAt = undefined;
    }
  }

  get deadlines(): (number | undefined)[] {
    return [...this.values()].map((room) => room.joinAgainAt);
  }

  disconnected(): void {
    this.#abandoned.clear();
    for (const room of this.values()) {
      room.stage = Joining.NotRequested;
      room.joinAgainAt = undefined;
    }
  }
}
