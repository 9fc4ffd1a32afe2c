// What a session asks its driver to do, and what it tells the program.

import type { Status } from "./connection.js";
import type { OutboxPost } from "./outbox.js";
import type { ClientMessage, Entry, Refusal, ServerMessage } from "./wire.js";

/** Something for the driver to do, in this order. */
export type Output =
  | { do: "connect" }
  | { do: "send"; frame: ClientMessage }
  | { do: "close" }
  | ({ do: "emit" } & SessionEvent);

/** Something that the program wants to know. */
export type SessionEvent =
  | { event: "status"; status: Status }
  /** Checked and in order: an entry is the next one of its room, exactly once. */
  | { event: "message"; message: ServerMessage }
  /** A post of this session is on the log. */
  | { event: "acked"; room: string; entry: Entry }
  /** A post was refused for good, and has left the outbox. */
  | { event: "post_refused"; post: OutboxPost; refusal: Refusal }
  /** The room is in slow mode. The session sends the next post there by itself. */
  | { event: "slowed"; room: string; until_ms: number }
  /** Something other than a post was refused. */
  | { event: "refused"; refusal: Refusal }
  | { event: "round_trip"; ms: number };
