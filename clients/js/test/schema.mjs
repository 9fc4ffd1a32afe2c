// Validates frames by a schema. Standard input has the schema, and frames, each with the definition
// that it must or must not meet. Prints what is wrong.

import { createRequire } from "node:module";
import { readFileSync } from "node:fs";
import { join } from "node:path";

const require = createRequire(join(process.env.JS_TOOLS, "package.json"));
const Ajv = require("ajv/dist/2020").default;

const { schema, frames } = JSON.parse(readFileSync(0, "utf8"));
// Formats such as uint64 are Rust's.
const ajv = new Ajv({ strict: true, strictTypes: false, validateFormats: false, allErrors: true });
ajv.addSchema(schema, "parlor");
const problems = [];
if (!ajv.validateSchema(schema)) problems.push(ajv.errorsText());
for (const { definition, frame, isValid } of frames) {
  const validate = ajv.getSchema(`parlor#/$defs/${definition}`);
  if (validate(frame) !== isValid) {
    problems.push(`${definition} ${JSON.stringify(frame)}: ${ajv.errorsText(validate.errors)}`);
  }
}
console.log(problems.join("\n"));
