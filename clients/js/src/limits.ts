// The bounds of a client, from shared/src/limits.rs. A test compares them.
export const OUTBOX_POSTS_MAX = 1_000;
export const OUTBOX_WINDOW = 64;
export const QUESTIONS_MAX = 64;
export const SEEN_SEND_MS_MIN = 1_000;
export const BACKOFF_MS_MAX = 20_000;
export const BACKOFF_MS_MIN = 500;
export const BACKOFF_RESET_MS = 5_000;
export const RETRY_MS_MIN = 1_000;
export const RETRY_MS_MAX = 60_000;
export const HEARTBEAT_MS_MIN = 1_000;
export const HEARTBEAT_MS_MAX = 120_000;
export const PONG_TIMEOUT_MS = 10_000;
export const CONNECT_TIMEOUT_MS = 15_000;
export const TYPING_INTERVAL_MS = 3_000;
export const SLOW_MODE_SECONDS_MAX = 3_600;
/** Entries that wait for the program. Past it they are read again from the log once it has caught up. */
export const READER_ENTRIES_MAX = 1_000;
