// Runs the traces outside of a browser. Standard input has them.

import { readFileSync } from "node:fs";
import { Session } from "../dist/parlor.js";
import { check } from "./traces.mjs";

const traces = JSON.parse(readFileSync(0, "utf8"));
const problems = check(Session, traces);
console.log(problems.join("\n"));
