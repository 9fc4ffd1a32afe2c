// The requests other than hello, joins and posts: those that are refused for now are sent again.

import { retryWait } from "./connection.js";
import { QUESTIONS_MAX, SEEN_SEND_MS_MIN } from "./limits.js";
import type { ClientMessage, Position, Request } from "./wire.js";

const QUESTIONS: readonly string[] = ["history", "slice", "search", "rooms", "moderate"];

/** The questions whose answers have another name. */
export const QUESTION_OF: Record<string, Request | undefined> = { found: "search", moderated: "moderate" };

/** The room that a message is about, if it is about one. */
export const roomOf = (message: object) => (message as { room?: string }).room;

interface Sent {
  request: Request;
  room: string | undefined;
  message: ClientMessage;
  /** Whether it was refused for now and waits to be sent again. */
  isRefused: boolean;
}

export class Requests {
  /** Oldest first. The server answers in order. */
  #sent: Sent[] = [];
  #againAt: number | undefined;
  #refusals = 0;

  /** Keeps a question until it is answered, or replaces a rename or a leave that was refused. */
  keep(request: Request, room: string | undefined, message: ClientMessage): void {
    if (!QUESTIONS.includes(request)) this.cancel(request, room);
    else if (this.#sent.length >= QUESTIONS_MAX) return;
    this.#sent.push({ request, room, message, isRefused: false });
  }

  #unanswered(request: Request, room: string | undefined): Sent | undefined {
    return this.#sent.find((sent) =>
      !sent.isRefused && sent.request === request && sent.room === room);
  }

  answered(request: Request, room: string | undefined): void {
    const answered = this.#unanswered(request, room);
    this.#sent = this.#sent.filter((sent) => sent !== answered);
    this.#refusals = 0;
  }

  sendAgain(now: number, request: Request, room?: string, askedMs?: number | null): boolean {
    const sent = this.#unanswered(request, room);
    if (!sent) return false;
    sent.isRefused = true;
    const at = now + retryWait(askedMs, this.#refusals++);
    this.#againAt = Math.max(this.#againAt ?? 0, at);
    return true;
  }

  cancel(request: Request, room?: string): void {
    this.#sent = this.#sent.filter((sent) => sent.request !== request || sent.room !== room);
  }

  left(room: string): void {
    this.#sent = this.#sent.filter((sent) => sent.room !== room);
  }

  /** What to send again now. Only questions are kept from then on: the others have no answer. */
  timeout(now: number): ClientMessage[] {
    if (this.#againAt === undefined || now < this.#againAt) return [];
    this.#againAt = undefined;
    const again = this.#sent.filter((sent) => sent.isRefused);
    this.#sent = this.#sent
      .filter((sent) => !sent.isRefused || QUESTIONS.includes(sent.request));
    for (const sent of again) sent.isRefused = false;
    return again.map((sent) => sent.message);
  }

  get deadline(): number | undefined {
    return this.#againAt;
  }

  disconnected(): void {
    this.#sent = [];
    this.#againAt = undefined;
    this.#refusals = 0;
  }
}

/** Doubted is what was acked by a server that was started since and may have lost it. */
const enum Saying { Unsent, Doubted, Sent, Acked }

interface SeenPosition {
  position: Position;
  stage: Saying;
  unanswered: number;
  sendAt: number;
  refusals: number;
}

/** How far the user has seen each room: what the program said last, until the server has acked it. */
export class SeenPositions {
  #rooms = new Map<string, SeenPosition>();

  set(room: string, position: Position): void {
    const known = this.#rooms.get(room);
    if (!known) {
      const stage = Saying.Unsent;
      this.#rooms.set(room, { position, stage, unanswered: 0, sendAt: 0, refusals: 0 });
    } else if (known.position.seq !== position.seq || known.position.epoch !== position.epoch) {
      known.position = position;
      known.stage = Saying.Unsent;
    }
  }

  #toSend(isLive: (room: string) => boolean): [string, SeenPosition][] {
    return [...this.#rooms].filter(([room, { stage }]) =>
      stage <= Saying.Doubted && isLive(room));
  }

  next(now: number, isLive: (room: string) => boolean): ClientMessage | undefined {
    const due = this.#toSend(isLive).filter(([, { sendAt }]) => sendAt <= now);
    const [first] = due.sort(([one], [other]) => (one < other ? -1 : 1));
    if (!first) return undefined;
    const [room, seen] = first;
    seen.stage = Saying.Sent;
    seen.unanswered += 1;
    seen.sendAt = now + SEEN_SEND_MS_MIN;
    return { type: "seen", room, ...seen.position };
  }

  deadlines(isLive: (room: string) => boolean): number[] {
    return this.#toSend(isLive).map(([, { sendAt }]) => sendAt);
  }

  flush(): void {
    for (const seen of this.#rooms.values()) seen.sendAt = 0;
  }

  /** Takes what the server keeps; returns whether it counts: not while something newer is to be sent. */
  received(room: string, position: Position): boolean {
    const known = this.#rooms.get(room);
    if (!known) {
      this.set(room, position);
      const seen = this.#rooms.get(room);
      if (seen) seen.stage = Saying.Acked;
      return true;
    }
    known.unanswered = Math.max(known.unanswered - 1, 0);
    const isToBeSent = known.stage === Saying.Unsent
      || (known.stage === Saying.Doubted && position.seq < known.position.seq);
    if (isToBeSent || known.unanswered) return false;
    known.position = position;
    known.stage = Saying.Acked;
    known.refusals = 0;
    return true;
  }

  takeAnswer(room: string, epoch: string): void {
    const known = this.#rooms.get(room);
    if (!known) return;
    known.unanswered = 0;
    if (known.stage === Saying.Sent) known.stage = Saying.Unsent;
    else if (known.stage === Saying.Acked && known.position.epoch !== epoch) known.stage = Saying.Doubted;
  }

  takeRefusal(room: string, now: number, askedMs?: number | null): void {
    const known = this.#rooms.get(room);
    if (!known) return;
    known.unanswered = Math.max(known.unanswered - 1, 0);
    known.sendAt = now + retryWait(askedMs, known.refusals++);
    known.stage = Saying.Unsent;
  }

  /** An earlier server does not know such messages; returns whether one was sent to it. */
  unsupported(): boolean {
    const sent = [...this.#rooms.values()].filter(({ stage }) => stage === Saying.Sent);
    for (const seen of sent) seen.stage = Saying.Acked;
    return sent.length > 0;
  }

  remove(room: string): void {
    this.#rooms.delete(room);
  }

  disconnected(): void {
    for (const seen of this.#rooms.values()) {
      seen.unanswered = 0;
      if (seen.stage === Saying.Sent) seen.stage = Saying.Unsent;
    }
  }
}
