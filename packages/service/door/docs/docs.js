// SPDX-License-Identifier: Apache-2.0
// Draws the descriptions of both APIs. All text goes in as text: nothing here makes markup of what it reads.
"use strict";

const SIDES = [["Public API", "/docs/public.json"], ["Admin API", "/docs/admin.json"]];
const METHODS = ["get", "post", "put", "patch", "delete"];

function element(name, options = {}, ...children) {
	const made = document.createElement(name);
	for (const [key, value] of Object.entries(options))
		made.setAttribute(key, value);
	made.append(...children);
	return made;
}

const code = (text) => element("code", {}, text);

function resolve(api, schema) {
	const name = schema.$ref?.split("/").pop();
	return name ? { name, ...api.components.schemas[name] } : schema;
}

const typeOf = (schema) => [schema.type ?? "any"].flat().filter((type) => type !== "null").join(" or ");

function shapeOf(api, given) {
	const schema = resolve(api, given ?? {});
	const choice = (schema.anyOf ?? schema.oneOf)?.find((one) => one.type !== "null");
	if (choice)
		return { ...shapeOf(api, choice), nullable: true };
	if (schema.items)
		return { ...shapeOf(api, schema.items), list: true };
	return { schema, nullable: [schema.type].flat().includes("null") };
}

function rules({ schema, list, nullable }, given) {
	const words = [(list ? "list of " : "") + (schema.format ?? schema.name ?? typeOf(schema)) + (nullable ? " or null" : "")];
	const source = list ? given : schema;
	const low = source.minLength ?? source.minimum ?? source.minItems, high = source.maxLength ?? source.maximum ?? source.maxItems;
	if (low !== undefined || (high !== undefined && high < 1e15))
		words.push(`${low ?? ""}–${high ?? ""}`);
	if (schema.enum)
		words.push(schema.enum.join(" | "));
	return words.join(", ");
}

function row(api, name, given, required, depth) {
	const shape = shapeOf(api, given);
	const label = element("td", {}, code(name), required ? " *" : "");
	const text = element("td", {}, given.description ?? shape.schema.description ?? "");
	if (shape.schema.properties && depth < 4)
		text.append(element("details", {}, element("summary", {}, shape.schema.name ?? "its members"), table(api, shape.schema, depth + 1)));
	return element("tr", {}, label, element("td", {}, rules(shape, resolve(api, given))), text);
}

function table(api, schema, depth = 0) {
	const required = new Set(schema.required ?? []);
	return element("table", {}, ...Object.entries(schema.properties ?? {}).map(
		([name, property]) => row(api, name, property, required.has(name), depth)));
}

function section(title, ...content) {
	return [element("h4", {}, title), ...content];
}

function parameters(api, operation) {
	const rows = operation.parameters.map((parameter) => row(
		api, parameter.name, { ...parameter.schema, description: `${parameter.description ?? ""} (${parameter.in})` }, parameter.required, 0));
	return rows.length ? section("Parameters", element("table", {}, ...rows)) : [];
}

function body(api, operation) {
	const content = operation.requestBody?.content?.["application/json"];
	return content ? section("Body", table(api, shapeOf(api, content.schema).schema)) : [];
}

function responses(api, operation) {
	const rows = Object.entries(operation.responses).map(([status, response]) => {
		const text = element("td", { colspan: "2" });
		const schema = response.content?.["application/json"]?.schema;
		if (schema && status < 300) {
			const shape = shapeOf(api, schema);
			text.append(element("details", {}, element("summary", {}, shape.schema.name ?? "body"), table(api, shape.schema)));
		} else {
			text.append(...response.description.split("`").map((part, i) => i % 2 ? code(part) : part));
		}
		return element("tr", {}, element("td", {}, code(status)), text);
	});
	return section("Answers", element("table", {}, ...rows));
}

function article(api, side, method, path, operation) {
	const id = `${side}-${operation.operationId}`;
	const marks = [element("span", { class: "tag" }, operation["x-permission"] ?? "anyone")];
	if (operation["x-websocket"])
		marks.push(element("span", { class: "tag" }, "WebSocket"));
	return element("article", { id },
		element("h3", {}, element("span", { class: `method ${method}` }, method.toUpperCase()), " ", path),
		element("p", {}, ...marks, operation.summary),
		...parameters(api, operation), ...body(api, operation), ...responses(api, operation));
}

function link(side, method, path, operation) {
	return element("a", { href: `#${side}-${operation.operationId}`, title: operation.summary },
		element("span", { class: `method ${method}` }, method.toUpperCase()), element("span", {}, path));
}

function operations(api) {
	return Object.entries(api.paths).flatMap(([path, methods]) =>
		METHODS.filter((method) => methods[method]).map((method) => ({ method, path, operation: methods[method] })));
}

function draw(title, side, api) {
	const main = document.getElementById("main"), index = document.getElementById("index");
	const all = operations(api);
	main.append(element("h2", {}, title), element("p", { class: "note" }, `Version ${api.info.version}`));
	// What every process has comes last, and once.
	const tags = api.tags.filter((tag) => tag.name !== "system");
	if (side === "public")
		tags.push(...api.tags.filter((tag) => tag.name === "system"));
	for (const tag of tags) {
		const mine = all.filter(({ operation }) => operation.tags.includes(tag.name));
		if (!mine.length)
			continue;
		index.append(element("section", {}, element("h2", {}, `${title} · ${tag.name}`),
			...mine.map(({ method, path, operation }) => link(side, method, path, operation))));
		main.append(...mine.map(({ method, path, operation }) => article(api, side, method, path, operation)));
	}
}

function search(words) {
	const wanted = words.toLowerCase().split(/\s+/).filter(Boolean);
	for (const found of document.querySelectorAll("#index a")) {
		const text = `${found.textContent} ${found.title}`.toLowerCase();
		found.hidden = !wanted.every((word) => text.includes(word));
	}
	for (const part of document.querySelectorAll("#index section"))
		part.hidden = !part.querySelector("a:not([hidden])");
}

async function start() {
	const state = document.getElementById("state");
	try {
		const apis = await Promise.all(SIDES.map(async ([, url]) => {
			const answer = await fetch(url);
			if (!answer.ok)
				throw new Error(`${url} answered ${answer.status}`);
			return answer.json();
		}));
		state.remove();
		SIDES.forEach(([title], i) => draw(title, i ? "admin" : "public", apis[i]));
		document.getElementById("search").addEventListener("input", (event) => search(event.target.value));
		if (location.hash)
			document.getElementById(location.hash.slice(1))?.scrollIntoView();
	} catch (error) {
		state.textContent = `The descriptions cannot be read: ${error.message}`;
	}
}

start();
