// The posts that are not known to be on the log, and the order in which they are sent. A post names
// its predecessor in the room until that is acked; what the server refuses for now is sent again, and
// after it what follows.

import { retryWait } from "./connection.js";
import {
  OUTBOX_POSTS_MAX, OUTBOX_WINDOW, RETRY_MS_MIN, SLOW_MODE_SECONDS_MAX,
} from "./limits.js";
import type { Body } from "./wire.js";

/** A post that is not known to be on the log yet. */
export interface OutboxPost {
  room: string;
  /** Stays the same however often the post is sent. */
  id: string;
  body: Body;
}

/** A post that is behind waits until the outbox has none to its room before it, or has sent one again. */
export const enum Stage { Unsent, Behind, InFlight }
/** What a refusal is about: the answer to an earlier copy decides nothing; a chained one follows another post. */
export const enum Copy { Earlier, Chained, First }

interface Queued {
  post: OutboxPost;
  stage: Stage;
  /** How often it was sent on this connection without an answer so far. */
  unanswered: number;
  /** Whether it was last sent as following another post. */
  isChained: boolean;
}

export class Outbox {
  #posts: Queued[] = [];
  /** How many posts may be in flight: halved when one is refused for now, one more with each ack. */
  #window = OUTBOX_WINDOW;
  #holdUntil: number | undefined;
  /** How often a window was refused since a post was last acked. */
  #refusedWindows = 0;
  /** Until when the rooms in slow mode wait. */
  #slow = new Map<string, number>();

  /** Adds a post; `isKept` for one of an earlier session, of which none may be lost. */
  add(post: OutboxPost, isKept?: boolean): boolean {
    if (!isKept && this.#posts.length >= OUTBOX_POSTS_MAX) return false;
    if (!this.#find(post.id)) {
      this.#posts.push({ post, stage: Stage.Unsent, unanswered: 0, isChained: false });
    }
    return true;
  }

  get posts(): OutboxPost[] {
    return this.#posts.map(({ post }) => post);
  }

  #find(id: string): Queued | undefined {
    return this.#posts.find(({ post }) => post.id === id);
  }

  roomOf(id: string): string | undefined {
    return this.#find(id)?.post.room;
  }

  remove(id: string): OutboxPost | undefined {
    const queued = this.#find(id);
    this.#posts = this.#posts.filter((other) => other !== queued);
    return queued?.post;
  }

  /** Removes a muted member's post and all later ones to its room. They may still delete. */
  removeMuted(id: string): OutboxPost[] {
    const first = this.#posts.findIndex(({ post }) => post.id === id);
    const room = this.roomOf(id);
    const isMuted = ({ post }: Queued, at: number) =>
      at >= first && post.room === room && post.body.kind !== "deletion";
    const removed = this.#posts.filter(isMuted);
    this.#posts = this.#posts.filter((queued, at) => !isMuted(queued, at));
    return removed.map(({ post }) => post);
  }

  ack(room: string, id: string): boolean {
    if (this.roomOf(id) !== room) return false;
    this.#window = Math.min(this.#window + 1, OUTBOX_WINDOW);
    this.#refusedWindows = 0;
    return this.remove(id) !== undefined;
  }

  /** The next post to send, marked as in flight, and the one that it follows. */
  next(maySend: (room: string) => boolean): { post: OutboxPost; follows: string | undefined } | undefined {
    const unanswered = this.#posts.reduce((sum, queued) => sum + queued.unanswered, 0);
    if (this.#holdUntil !== undefined || unanswered >= this.#window) return undefined;
    const waiting = new Set<string>();
    const at = this.#posts.findIndex(({ post: { room }, stage }, index) => {
      if (stage === Stage.InFlight || waiting.has(room)) return false;
      const isBehind = stage === Stage.Behind && this.#predecessor(index);
      const canGo = maySend(room) && !isBehind && !this.#slow.has(room);
      if (!canGo) waiting.add(room);
      return canGo;
    });
    const queued = this.#posts[at];
    if (!queued) return undefined;
    const follows = this.#predecessor(at);
    queued.stage = Stage.InFlight;
    queued.unanswered += 1;
    queued.isChained = follows !== undefined;
    for (const later of this.#later(at)) if (later.stage === Stage.Behind) later.stage = Stage.Unsent;
    return { post: queued.post, follows };
  }

  /** The posts to the same room behind the one at this index. */
  #later(at: number): Queued[] {
    const room = this.#posts[at]?.post.room;
    return this.#posts.slice(at + 1).filter(({ post }) => post.room === room);
  }

  /** The post to the same room before the one at this index. */
  #predecessor(at: number): string | undefined {
    const room = this.#posts[at]?.post.room;
    return this.#posts.slice(0, at).reverse().find(({ post }) => post.room === room)?.post.id;
  }

  /** Whether this post changes one to the same room that waits before it. */
  isTargetWaiting(id: string): boolean {
    const at = this.#posts.findIndex(({ post }) => post.id === id);
    const body = this.#posts[at]?.post.body;
    const target = body && "target" in body ? body.target : undefined;
    const room = this.roomOf(id);
    return this.#posts.slice(0, at)
      .some(({ post }) => post.id === target && post.room === room);
  }

  /** Takes a refusal, and says which copy it is about. */
  takeRefusal(id: string): Copy {
    const queued = this.#find(id);
    if (!queued) return Copy.Earlier;
    queued.unanswered = Math.max(queued.unanswered - 1, 0);
    return queued.unanswered ? Copy.Earlier : queued.isChained ? Copy.Chained : Copy.First;
  }

  /** Sends this post again and the later ones to its room after it. */
  goBack(id: string, stage: Stage = Stage.Unsent): void {
    const at = this.#posts.findIndex(({ post }) => post.id === id);
    const queued = this.#posts[at];
    if (!queued) return;
    queued.stage = stage;
    for (const later of this.#later(at)) if (later.stage === Stage.InFlight) later.stage = Stage.Unsent;
  }

  /** Sends the posts to this room again, or all of them: their fate is unknown. */
  resend(room?: string): void {
    for (const queued of this.#posts) {
      if (room === undefined || queued.post.room === room) {
        queued.stage = Stage.Unsent;
        queued.unanswered = 0;
      }
    }
  }

  /** Holds all posts back. Only the first refusal of a window narrows it. */
  hold(now: number, askedMs?: number | null): void {
    const isFirst = this.#holdUntil === undefined;
    if (isFirst || askedMs != null) {
      const until = now + retryWait(askedMs, this.#refusedWindows);
      this.#holdUntil = Math.max(this.#holdUntil ?? 0, until);
    }
    if (isFirst) {
      this.#window = Math.max(this.#window >> 1, 1);
      this.#refusedWindows += 1;
    }
  }

  /** Holds the posts to a room in slow mode back; returns until when. */
  slowDown(room: string, now: number, askedMs?: number | null): number {
    const until = now + Math.min(askedMs ?? RETRY_MS_MIN, SLOW_MODE_SECONDS_MAX * 1_000);
    for (const slow of this.#slow.keys()) {
      if (!this.#posts.some(({ post }) => post.room === slow)) this.#slow.delete(slow);
    }
    this.#slow.set(room, until);
    return until;
  }

  speedUp(room: string): void {
    this.#slow.delete(room);
  }

  timeout(now: number): void {
    if (this.#holdUntil !== undefined && now >= this.#holdUntil) this.#holdUntil = undefined;
    for (const [room, until] of this.#slow) if (now >= until) this.#slow.delete(room);
  }

  get deadlines(): (number | undefined)[] {
    return [this.#holdUntil, ...this.#slow.values()];
  }

  disconnected(): void {
    this.#holdUntil = undefined;
    this.#slow.clear();
    this.resend();
  }
}
