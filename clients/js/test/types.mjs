// Prints the TypeScript types of a JSON Schema, which comes on standard input.

import { createRequire } from "node:module";
import { readFileSync } from "node:fs";
import { join } from "node:path";

const require = createRequire(join(process.env.JS_TOOLS, "package.json"));
const { compile } = require("json-schema-to-typescript");

/** A reference keeps its name in the types if nothing stands beside it. */
const schema = JSON.parse(readFileSync(0, "utf8"), (_name, value) => {
  if (typeof value?.$ref !== "string" || Object.keys(value).length === 1) return value;
  const { $ref, description, default: _, ...more } = value;
  const all = Object.keys(more).length > 0 ? [{ $ref }, more] : [{ $ref }];
  return { ...(description && { description }), allOf: all };
});
const types = await compile(schema, "Message", {
  additionalProperties: false,
  bannerComment: "// The messages' types, made from docs/schema.json, which is made from the types of parlor-shared.\n"
    + "// Do not change this file: `cargo test -p parlor-js` compares it, and says how to make it anew.",
  style: { printWidth: 110 },
});
process.stdout.write(types);
