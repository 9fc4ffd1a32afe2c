import type { Status } from "./connection.js";
import type { Refusal } from "./wire.js";

/** The server has refused this for good. `refusal.code` says why, for programs. */
export class RefusedError extends Error {
  constructor(readonly refusal: Refusal) {
    super(refusal.message);
  }
}

/** The log no longer goes on where the program is: what it has of the room is void. Begin again without `after`. */
export class ResetError extends Error {
  constructor(readonly room: string) {
    super(`The log of ${room} has changed. Forget what you have of it and read it again.`);
  }
}

/** The client does not try to connect any more: `status` says why. Unsent posts are kept. */
export class StoppedError extends Error {
  constructor(readonly status: Status) {
    super("The client is stopped. Start it again when what stopped it is solved.");
  }
}

/** The connection was lost, or not there yet, so the question has no answer. Ask again. */
export class OfflineError extends Error {
  constructor() {
    super("There is no connection at the moment. Ask again.");
  }
}
