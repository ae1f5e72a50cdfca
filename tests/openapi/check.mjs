// SPDX-License-Identifier: Apache-2.0
// Judges an OpenAPI document by what others say it must be: the specification's own JSON Schema, and the rules of a linter.
// Reads the document's path, says one line a finding, and ends with 1 when there is one.
import { readFileSync } from "node:fs";
import redocly from "@redocly/openapi-core";
import { Validator } from "@seriousme/openapi-schema-validator";

const { createConfig, lintFromString } = redocly;

// The recommended rules, warnings counted as errors, but for these.
const NOT_OURS = {
	"operation-4xx-response": "off", // a probe refuses nobody
	"no-unused-components": "off", // shapes of events and of sockets' messages are named by members of our own
};

const text = readFileSync(process.argv[2], "utf8");
const findings = [];

const validator = new Validator();
const verdict = await validator.validate(JSON.parse(text));
if (!verdict.valid)
	findings.push(...[verdict.errors].flat().map((error) => `schema: ${typeof error === "string" ? error : JSON.stringify(error)}`));
if (validator.version !== "3.1")
	findings.push(`schema: judged as version ${validator.version}`);

const config = await createConfig({ extends: ["recommended"], rules: NOT_OURS });
for (const problem of await lintFromString({ source: text, absoluteRef: "openapi.json", config }))
	findings.push(`${problem.ruleId}: ${problem.message} ${problem.location?.[0]?.pointer ?? ""}`);

for (const finding of findings)
	console.log(finding);
process.exit(findings.length ? 1 : 0);
