"use strict";
// Shows /openapi.json: one block for each operation, with a form that calls it. Texts go in as text, never as HTML.

const el = (name, props = {}, ...children) => {
  const element = Object.assign(document.createElement(name), props);
  element.append(...children);
  return element;
};

const token = () => document.getElementById("token").value;
const headers = () => (token() ? { Authorization: `Bearer ${token()}` } : {});

/** The schema behind a reference. */
const resolve = (api, schema) => {
  let at = schema;
  for (let depth = 0; at && at.$ref && depth < 20; depth += 1) {
    at = at.$ref.slice(2).split("/").reduce((value, key) => value && value[key], api);
  }
  return at || {};
};

/** A value that a schema might stand for, to begin with. */
const example = (api, schema, depth = 0) => {
  const own = resolve(api, schema);
  if (depth > 6) return null;
  if (own.example !== undefined) return own.example;
  if (own.enum) return own.enum[0];
  const choice = own.oneOf || own.anyOf || own.allOf;
  if (choice) return example(api, choice.find((one) => one.type !== "null") || choice[0], depth + 1);
  const type = Array.isArray(own.type) ? own.type.find((one) => one !== "null") : own.type;
  switch (type) {
    case "object": {
      const required = own.required || [];
      const members = Object.entries(own.properties || {}).filter(([name]) => required.includes(name));
      return Object.fromEntries(members.map(([name, value]) => [name, example(api, value, depth + 1)]));
    }
    case "array": return [];
    case "boolean": return true;
    case "integer":
    case "number": return own.minimum ?? 1;
    default: return "";
  }
};

const call = async (method, path, parameters, inputs, body, type, output) => {
  let url = path;
  const query = new URLSearchParams();
  const extra = headers();
  parameters.forEach((parameter, index) => {
    const value = inputs[index].value;
    if (parameter.in === "path") url = url.replace(`{${parameter.name}}`, encodeURIComponent(value));
    if (parameter.in === "query" && value) query.set(parameter.name, value);
    if (parameter.in === "header" && value) extra[parameter.name] = value;
  });
  if (query.size) url += `?${query}`;
  if (body) extra["Content-Type"] = type;
  output.textContent = `${method.toUpperCase()} ${url} …`;
  try {
    const answer = await fetch(url, { method, headers: extra, body: body ? body.value : undefined });
    const kind = answer.headers.get("Content-Type") || "";
    if (kind.startsWith("text/event-stream")) {
      output.textContent = `${answer.status} ${kind}\n`;
      const reader = answer.body.pipeThrough(new TextDecoderStream()).getReader();
      for (let read = await reader.read(); !read.done; read = await reader.read()) output.append(read.value);
      return;
    }
    const text = await answer.text();
    const pretty = kind.includes("json") && !kind.includes("jsonl") ? JSON.stringify(JSON.parse(text), null, 2) : text;
    output.textContent = `${answer.status} ${kind}\n\n${pretty}`;
  } catch (error) {
    output.textContent = String(error);
  }
};

const rows = (api, parameters, inputs) =>
  el("table", {}, ...parameters.map((parameter, index) => {
    const schema = resolve(api, parameter.schema);
    const input = el("input", { name: parameter.name, placeholder: (schema.enum || []).join(" | ") });
    if (parameter.name === "world") input.value = "default";
    inputs[index] = input;
    const mark = parameter.required ? " *" : "";
    return el("tr", {}, el("th", {}, parameter.name + mark), el("td", {}, input), el("td", {}, parameter.description || ""));
  }));

const operation = (api, path, method, own) => {
  const block = el("details");
  block.append(el("summary", {}, el("b", {}, method.toUpperCase()), el("code", {}, path), " ", el("span", {}, own.summary || "")));
  block.dataset.text = `${method} ${path} ${own.summary || ""} ${own.description || ""}`.toLowerCase();
  block.addEventListener("toggle", () => {
    if (block.childElementCount > 1) return;
    const parameters = own.parameters || [];
    const inputs = [];
    if (own.description) block.append(el("p", {}, own.description));
    if (parameters.length) block.append(rows(api, parameters, inputs));
    const [type, media] = Object.entries((own.requestBody || {}).content || {})[0] || [];
    let body;
    if (type) {
      const begin = example(api, media.schema);
      body = el("textarea", { value: typeof begin === "string" ? begin : JSON.stringify(begin, null, 2) });
      block.append(el("p", {}, type), body, schema(api, media.schema));
    }
    const output = el("pre");
    const button = el("button", { type: "button" }, "呼び出す / call");
    button.addEventListener("click", () => call(method, path, parameters, inputs, body, type, output));
    block.append(el("p", {}, button), output, answers(api, own.responses || {}));
  });
  return block;
};

const schema = (api, of) =>
  el("details", {}, el("summary", {}, "schema"), el("pre", {}, JSON.stringify(resolve(api, of), null, 2)));

const answers = (api, responses) =>
  el("table", {}, ...Object.entries(responses).map(([status, response]) => {
    const content = Object.entries(response.content || {});
    const shapes = content.map(([type, media]) => el("div", {}, type, media.schema ? schema(api, media.schema) : ""));
    return el("tr", {}, el("th", {}, status), el("td", {}, response.description || "", ...shapes));
  }));

const show = (api) => {
  const byTag = new Map();
  for (const [path, item] of Object.entries(api.paths)) {
    for (const [method, own] of Object.entries(item)) {
      const tag = (own.tags || [""])[0];
      byTag.set(tag, [...(byTag.get(tag) || []), operation(api, path, method, own)]);
    }
  }
  const main = document.getElementById("operations");
  main.replaceChildren(...[...byTag].map(([tag, blocks]) => el("section", {}, el("h2", {}, tag), ...blocks)));
  document.getElementById("search").addEventListener("input", (event) => {
    const words = event.target.value.toLowerCase().split(/\s+/);
    for (const section of main.children) {
      const blocks = [...section.querySelectorAll(":scope > details")];
      for (const block of blocks) block.hidden = !words.every((word) => block.dataset.text.includes(word));
      section.hidden = blocks.every((block) => block.hidden);
    }
  });
};

const load = async () => {
  const answer = await fetch("/openapi.json", { headers: headers() });
  if (answer.ok) show(await answer.json());
  else document.getElementById("operations").textContent = `${answer.status} ${answer.statusText}`;
};

document.getElementById("token").addEventListener("change", load);
load();
