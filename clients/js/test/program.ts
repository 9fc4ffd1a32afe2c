// A program in TypeScript, which the packed types must let through. It is compiled, and never run.

import { ResetError, connect, indexedDbStore, type Position, type RoomEntry } from "../dist/index.js";

const parlor = await connect("http://127.0.0.1:8080", { name: "Ada", store: indexedDbStore() });
const room = parlor.room("lobby");
const posted = await room.post("hello", { id: "0199c82c-c000-7101-8101-010101010101" });
let after: Position | undefined;
const texts: string[] = [];
try {
  for await (const entry of room.entries({ after, signal: AbortSignal.timeout(1_000) })) {
    const known: RoomEntry = entry;
    after = known.position;
    // The kind of a body says which fields it has.
    if (entry.body.kind === "post") texts.push(entry.body.text);
    else if (entry.body.kind === "reaction") texts.push(entry.body.emoji);
  }
} catch (error) {
  if (!(error instanceof ResetError)) throw error;
}
const { entries } = await room.search("hello");
const seqs: number[] = [posted.seq, ...entries.map(({ seq }) => seq)];
const names = (await parlor.rooms("tea")).rooms.map(({ room, name }) => name ?? room);
const answer = await parlor.moderate({ kind: "bans", room: "lobby" });
if (answer.kind === "bans") names.push(...answer.bans.map(({ by }) => by));
export { names, seqs, texts };
