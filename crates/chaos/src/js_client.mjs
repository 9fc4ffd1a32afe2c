// A client of the chaos run that is written in JavaScript (crates/chaos/src/js_client.rs). It does what each
// line of standard input says, and prints what it sees, a line of JSON each. Its parent kills it now and
// then, and starts another in its place.

import { createInterface } from "node:readline";
import { pathToFileURL } from "node:url";

const { RefusedError, ResetError, connect } = await import(pathToFileURL(process.argv[2]).href);

/** After how many failed attempts it connects at once, as an impatient user would. */
const PATIENT_ATTEMPTS = 3;

let client, epoch, isClosing = false;

// Writing to a pipe is synchronous: a parent that does not read stops this client.
const print = (what, details) => process.stdout.write(`${JSON.stringify({ [what]: details })}\n`);

function onEvent(event) {
  if (event.event === "status" && event.status.is === "waiting" && event.status.attempt >= PATIENT_ATTEMPTS) {
    setTimeout(() => client.start(), 300 + Math.random() * 1_200);
  }
  const message = event.event === "message" ? event.message : undefined;
  if (message?.type === "welcome") {
    epoch = message.epoch;
    print("welcome", { member: message.member, token: message.token });
  } else if (message?.type === "joined") {
    print("joined", { outcome: message.outcome, epoch });
  } else if (event.event === "refused" && !event.refusal.retry) {
    print("failed", { what: JSON.stringify(event.refusal) });
  }
}

/** Prints the room's entries, from a place on or from the newest ones on. */
async function read(room, after) {
  for (;;) {
    try {
      for await (const { position, ...entry } of client.room(room).entries({ after })) {
        after = position;
        print("entry", { epoch: position.epoch, entry });
      }
    } catch (error) {
      if (isClosing) return;
      if (!(error instanceof ResetError)) throw error;
      after = undefined;
      print("reset", {});
    }
  }
}

/** Posts, and prints what has become of it. */
async function post(room, id, body) {
  try {
    const { seq } = await client.room(room).post(body, { id });
    print("acked", { id, seq, epoch });
  } catch (error) {
    if (!(error instanceof RefusedError)) throw error;
    print("refused", { id, code: error.refusal.code });
  }
}

const commands = {
  async connect({ url, name, token }) {
    client = await connect(url, { name, token: token ?? undefined, onEvent });
  },
  read: ({ room, after }) => void read(room, after ?? undefined),
  post: ({ room, id, body }) => void post(room, id, body),
  start: () => client.start(),
  async close() {
    isClosing = true;
    await client.close();
    process.exit(0);
  },
};

for await (const line of createInterface({ input: process.stdin })) {
  const [[command, details]] = Object.entries(JSON.parse(line));
  await commands[command](details);
}
// The parent has ended.
process.exit(1);
