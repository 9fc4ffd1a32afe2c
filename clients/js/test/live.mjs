// Two clients of a real server that the test kills and starts again: one posts, one reads. Prints what
// the reader has got, one line an entry, and `posted` once every post is on the log.

import { OfflineError, connect, messageId } from "../dist/parlor.js";

const [url, count] = process.argv.slice(2);
const author = await connect(url, { name: "Author" });
let onPresent;
const isReading = new Promise((resolve) => { onPresent = resolve; });
const reader = await connect(url, {
  name: "Reader",
  onEvent: ({ message }) => { if (message?.type === "present") onPresent(); },
});

/** Asks until there is an answer: the server may be killed before it has given one. */
async function ask(question) {
  for (;;) {
    try {
      return await question();
    } catch (error) {
      if (!(error instanceof OfflineError)) throw error;
    }
  }
}

async function post() {
  const room = author.room("lobby");
  const posts = [];
  await isReading;
  for (let n = 0; n < Number(count); n++) {
    posts.push(room.post(`post ${n}`));
    // Not all at once, so that the server is killed among them.
    await new Promise((done) => setTimeout(done, 2));
  }
  const entries = await Promise.all(posts);
  console.log("posted", new Set(entries.map(({ seq }) => seq)).size);
  // The same id again is the same entry.
  const id = messageId();
  const [first, again] = [await room.post("last", { id }), await room.post("last", { id })];
  console.log("again", first.seq === again.seq);
  // What was just posted is indexed a moment later.
  let found;
  do found = await ask(() => room.search("last")); while (found.entries.length === 0);
  console.log("found", found.entries.length);
  const { entries: older } = await ask(() => room.history(first.seq, 10));
  console.log("history", older.length);
}

async function read() {
  const abort = new AbortController();
  let after;
  // The loop is left and taken up again now and then, as a program would that was started again.
  for (let isOver = false; !isOver;) {
    let left = 50;
    for await (const entry of reader.room("lobby").entries({ after, signal: abort.signal })) {
      after = entry.position;
      if (entry.body.kind === "post") console.log("entry", entry.body.text);
      isOver = entry.body.text === "last";
      if (isOver || --left === 0) break;
    }
  }
}

// The room is empty, so a newcomer gets everything.
await Promise.all([read(), post()]);
await Promise.all([author.close(), reader.close()]);
console.log("closed");
