// The state of the session's connection: opening, welcomed, waiting to reconnect, or stopped.

import {
  BACKOFF_MS_MAX, BACKOFF_MS_MIN, BACKOFF_RESET_MS, CONNECT_TIMEOUT_MS, HEARTBEAT_MS_MAX,
  HEARTBEAT_MS_MIN, PONG_TIMEOUT_MS, RETRY_MS_MAX, RETRY_MS_MIN,
} from "./limits.js";
import type { ErrorCode } from "./wire.js";

/** The connection's state. Times are milliseconds on the driver's clock. */
export type Status =
  /** Not connected, and not trying to be: the program has not started the session or has stopped it, the server has closed the connection with this code, or does not let the client in. */
  | { is: "stopped"; closed?: number; refused?: ErrorCode }
  /** `attempt` is how many attempts failed since the connection was last good. */
  | { is: "connecting"; attempt: number }
  | { is: "online" }
  | { is: "waiting"; until_ms: number; attempt: number };

/** What the connection needs now. */
export type Due = "connect" | "hello" | "ping" | "give up" | undefined;

/** How long to wait before repeating a request that was refused for now. */
export function retryWait(askedMs: number | null | undefined, earlierRefusals: number): number {
  return askedMs == null
    ? Math.min(RETRY_MS_MIN * 2 ** Math.min(earlierRefusals, 10), BACKOFF_MS_MAX)
    : Math.min(askedMs, RETRY_MS_MAX);
}

/** Whether a client stays away after a close with this code. */
export function isFinal(code: number | null): boolean {
  return code !== null
    && (code === 1000 || (code >= 1002 && code <= 1004) || (code >= 1007 && code <= 1009)
      || code >= 4500);
}

type State =
  | { is: "stopped"; closed?: number; refused?: ErrorCode }
  | { is: "connecting"; until: number; helloAt?: number | undefined; refusals: number }
  | { is: "online"; since: number; interval: number; received: number; pinged?: number | undefined }
  | { is: "waiting"; until: number };

export class Connection {
  #state: State = { is: "stopped" };
  #attempts = 0;

  get is(): State["is"] {
    return this.#state.is;
  }

  /** Whether there is a connection, open or opening. */
  get isConnected(): boolean {
    return this.is === "connecting" || this.is === "online";
  }

  get status(): Status {
    const state = this.#state, attempt = this.#attempts;
    switch (state.is) {
      case "waiting": return { is: "waiting", until_ms: state.until, attempt };
      case "connecting": return { is: "connecting", attempt };
      case "online": return { is: "online" };
      case "stopped": return state;
    }
  }

  connect(now: number): void {
    this.#state = { is: "connecting", until: now + CONNECT_TIMEOUT_MS, refusals: 0 };
  }

  saidHello(): void {
    if (this.#state.is === "connecting") this.#state.helloAt = undefined;
  }

  retryHello(now: number, askedMs?: number | null): void {
    const state = this.#state;
    if (state.is === "connecting") state.helloAt = now + retryWait(askedMs, state.refusals++);
  }

  welcome(now: number, heartbeatMs: number): void {
    const interval = Math.min(Math.max(heartbeatMs, HEARTBEAT_MS_MIN), HEARTBEAT_MS_MAX);
    this.#state = { is: "online", since: now, interval, received: now };
  }

  received(now: number): void {
    if (this.#state.is === "online") {
      this.#state.received = now;
      this.#state.pinged = undefined;
    }
  }

  lost(now: number, random: number): void {
    const state = this.#state;
    if (state.is === "online" && now - state.since >= BACKOFF_RESET_MS) this.#attempts = 0;
    const span = BACKOFF_MS_MIN * 2 ** Math.min(this.#attempts++, 10);
    const wait = Math.min(BACKOFF_MS_MIN + random % (span + 1), BACKOFF_MS_MAX);
    this.#state = { is: "waiting", until: now + wait };
  }

  stop(reason: { closed?: number; refused?: ErrorCode }): void {
    this.#attempts = 0;
    this.#state = { is: "stopped", ...reason };
  }

  /** Whether to send a ping now: only when online, and only one at a time. */
  beginPing(now: number): boolean {
    const state = this.#state;
    if (state.is !== "online" || state.pinged !== undefined) return false;
    state.pinged = now;
    return true;
  }

  due(now: number): Due {
    const state = this.#state, deadline = this.deadline;
    if (deadline === undefined || now < deadline) return undefined;
    switch (state.is) {
      case "waiting": return "connect";
      case "connecting": return now >= state.until ? "give up" : "hello";
      case "online": return state.pinged === undefined ? "ping" : "give up";
      case "stopped": return undefined;
    }
  }

  get deadline(): number | undefined {
    const state = this.#state;
    switch (state.is) {
      case "waiting": return state.until;
      case "connecting": return Math.min(state.helloAt ?? state.until, state.until);
      case "online": return state.pinged === undefined
        ? state.received + state.interval
        : state.pinged + PONG_TIMEOUT_MS;
      case "stopped": return undefined;
    }
  }
}
