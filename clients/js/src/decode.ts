// Reads the server's frames. A server is trusted to send what the schema says; checked is only what the
// session could not go on without.

import { Violation } from "./rooms.js";
import type { ServerMessage } from "./wire.js";

/** The fields without which a message of this type could not be followed. */
const NEEDED: Record<string, string> = {
  welcome: "member token name epoch heartbeat_ms",
  joined: "room after head outcome",
  entry: "room entry",
  duplicate: "room entry",
  seen: "room epoch seq",
  error: "code retry",
  pong: "t",
};

function check(object: unknown, needed: string): void {
  for (const field of needed.split(" ")) {
    if ((object as Record<string, unknown> | null)?.[field] == null) throw new Violation();
  }
}

/** The message in a frame. Unknown types are passed on, and ignored there. */
export function decoded(text: string): ServerMessage {
  let message: ServerMessage;
  try {
    message = JSON.parse(text);
  } catch {
    throw new Violation();
  }
  check(message, "type");
  check(message, NEEDED[message.type] ?? "type");
  if (message.type === "entry" || message.type === "duplicate") check(message.entry, "seq prev id member body");
  return message;
}
