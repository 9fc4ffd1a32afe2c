/** A client of Parlor for browsers, Node.js, Deno and Bun. */

export { Client, connect, messageId, type Options } from "./client.js";
export type { Status } from "./connection.js";
export { OfflineError, RefusedError, ResetError, StoppedError } from "./errors.js";
export type { OutboxPost } from "./outbox.js";
export { Room, type EntriesOptions, type PostOptions, type RoomEntry } from "./room.js";
export type { Output, SessionEvent } from "./events.js";
export { Session, type SessionConfig } from "./session.js";
export { indexedDbStore, type Saved, type Store } from "./store.js";
export type * from "./wire.js";
