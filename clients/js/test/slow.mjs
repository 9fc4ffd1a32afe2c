// A loop that takes one entry and then nothing until many more have come, and an outbox that is full.

import { connect } from "../dist/parlor.js";

const [url, count] = process.argv.slice(2);
let onPresent;
const isReading = new Promise((resolve) => { onPresent = resolve; });
const reader = await connect(url, {
  name: "Reader",
  onEvent: ({ message }) => { if (message?.type === "present") onPresent(); },
});
const author = await connect(url, { name: "Author" });

async function post() {
  await isReading;
  const room = author.room("lobby");
  // In parts, each of which fits into the outbox.
  for (let n = 0; n < Number(count); n += 500) {
    await Promise.all(Array.from({ length: 500 }, (_, at) => room.post(`${n + at}`)));
  }
}

const posted = post();
const read = [];
for await (const { body } of reader.room("lobby").entries()) {
  read.push(Number(body.text));
  if (read.length === 1) await posted;
  if (read.length === Number(count)) break;
}
console.log("in order", read.every((number, at) => number === at));
await Promise.all([author.close(), reader.close()]);

// Nobody listens there.
const alone = await connect("http://127.0.0.1:9", { name: "Alone" });
const posts = Array.from({ length: 1_001 }, () => alone.room("lobby").post("unsent"));
const ends = posts.map((post) => post.then(() => "posted", (error) => error.constructor === Error ? "full" : "stopped"));
console.log("refused at once", await Promise.race([ends.at(-1), ends[0]]));
await alone.close();
console.log("kept", (await Promise.all(ends)).filter((end) => end === "stopped").length);
