// What a program is told that cannot go on. The first server is open, the second lets nobody in.

import { RefusedError, ResetError, StoppedError, connect } from "../dist/parlor.js";

const [url, closed] = process.argv.slice(2);
const parlor = await connect(url, { name: "Ada" });
const room = parlor.room("lobby");

/** The error that this ends with. */
async function errorOf(work) {
  try {
    await work();
  } catch (error) {
    return error;
  }
  return undefined;
}

async function read(of, options) {
  for await (const entry of of.entries(options)) console.log("unexpected", entry);
}

const empty = await errorOf(() => room.post("\u200b"));
console.log("refused", empty instanceof RefusedError, empty.refusal.code);

const after = { epoch: "00000000-0000-7000-8000-000000000000", seq: 7 };
console.log("reset", await errorOf(() => read(room, { after })) instanceof ResetError);

const abort = new AbortController();
const reading = errorOf(() => read(parlor.room("attic"), { signal: abort.signal }));
const second = await errorOf(() => read(parlor.room("attic")));
console.log("one loop", second.message);
abort.abort(new Error("enough"));
console.log("aborted", (await reading).message);

const stranger = await connect(closed, { name: "Eve" });
const stopped = await errorOf(() => read(stranger.room("lobby")));
console.log("stopped", stopped instanceof StoppedError, stopped.status.refused);
await Promise.all([parlor.close(), stranger.close()]);
