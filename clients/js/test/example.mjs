// Posts until a bot replies, and prints the reply.

import { connect } from "../dist/parlor.js";

const parlor = await connect(process.argv[2], { name: "Ada" });
const room = parlor.room("lobby");
await room.post("hello");
for await (const { body } of room.entries()) {
  if (body.kind === "post" && body.reply_to) {
    console.log(body.text);
    break;
  }
}
await parlor.close();
