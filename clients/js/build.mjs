// Builds the package into dist/: checks the types and writes their declarations, and bundles the
// client into one file. The compilers are npm's `typescript` and `esbuild`, from the folder in
// JS_TOOLS if there is one: `cargo xtask setup` installs them under target/tools/npm.

import { spawnSync } from "node:child_process";
import { createRequire } from "node:module";
import { copyFileSync, rmSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const folder = dirname(fileURLToPath(import.meta.url));
const tools = process.env.JS_TOOLS ?? folder;
const require = createRequire(join(tools, "package.json"));
rmSync(join(folder, "dist"), { recursive: true, force: true });

const tsc = spawnSync(process.execPath, [join(tools, "node_modules/typescript/bin/tsc"), "-p", folder], {
  stdio: "inherit",
});
if (tsc.status !== 0) process.exit(1);

// Names of properties that neither a frame, a store nor a program has. They can be short.
const INTERNAL = [
  "isConnected", "saidHello", "retryHello", "beginPing", "deadlines?", "helloAt", "refusals", "interval", "pinged",
  "received", "since", "until", "joinAgainAt", "isJoined", "retryJoin", "beginTyping", "takeAbandoned", "abandon",
  "sorted", "isLive", "disconnected", "isChained", "unanswered", "roomOf", "removeMuted", "isTargetWaiting",
  "goBack", "resend", "slowDown", "speedUp", "isRefused", "sendAgain", "answered", "unsupported", "sendAt",
  "lagsAfter", "readOn", "unread", "accept", "stage", "hold", "promise", "cancel",
  "takeRefusal", "takeAnswer", "remove", "timeout", "lost", "due", "left", "fail", "resolve", "reject", "flush",
];

const { buildSync } = require("esbuild");
buildSync({
  entryPoints: [join(folder, "src/index.ts")],
  outfile: join(folder, "dist/parlor.js"),
  bundle: true,
  format: "esm",
  target: "es2022",
  minify: true,
  mangleProps: new RegExp(`^(${INTERNAL.join("|")})$`),
});

// In the repository the licences are at the root.
for (const licence of ["LICENSE-MIT", "LICENSE-APACHE"]) {
  copyFileSync(join(folder, "../..", licence), join(folder, licence));
}
