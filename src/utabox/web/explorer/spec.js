// What there is: the OpenAPI document and what the explorer looks up besides, joined.

const marker = "/docs/api-explorer/";
const at = location.pathname.indexOf(marker);

/** What stands before every path: empty, or `/venues/NAME` where the page was opened there. */
export const base = location.pathname.slice(0, at);
/** The address of a page here. */
export const address = (page) => `${base}${marker}${page ? `v5/${page}` : ""}`;

/** The page that the address bar names; empty: the list. */
export function pageHere() {
  const path = location.pathname.slice(at + marker.length);
  return spelled(path).replace(/\/+$/, "").replace(/^v5\/?/, "");
}

function spelled(path) {
  try {
    return decodeURIComponent(path);
  } catch {
    return path; // it is no name of ours
  }
}

/** Pages that look something up: by their names, which the server knows, too. */
export const LOOKUPS = [["error", "Error codes"], ["enum", "Enumerations"], ["not-here", "Documented, not here"]];

/** Whether a text has every word that was asked for. */
export const has = (text, asked) => asked.toLowerCase().split(/\s+/).every((word) => text.includes(word));

/** The codes that fit, the smallest first; of a number those that begin with it. */
export function codesOf(spec, asked) {
  const number = /^\d+$/.test(asked);
  return spec.codes.filter(({ code, words }) => (number ? String(code).startsWith(asked) : has(words, asked)));
}

/** What is documented and not here, by what was asked for. */
export const absentOf = (spec, asked) => spec.absent.filter((each) => has(each.words, asked));

function codes({ errors, messages }) {
  const numbers = new Set([...Object.keys(errors), ...Object.keys(messages)].map(Number));
  return [...numbers].sort((a, b) => a - b).map((code) => {
    const texts = (messages[code] ?? []).map((each) => each.retMsg);
    const text = texts[0] ?? errors[code];
    return { code, text, words: [code, errors[code] ?? "", ...texts].join(" ").toLowerCase() };
  });
}

const absent = ({ documented }) => documented.map(([category, method, path, page, why]) => (
  { category, method, path, page, why, words: `${category} ${method} ${path} ${page} ${why}`.toLowerCase() }));

let components = {};

/** Everything, once. */
export async function load() {
  const [document_, data] = await Promise.all([
    get(`${base}/openapi.json`), get(`${base}${marker}data.json`),
  ]);
  components = document_.components.schemas;
  const endpoints = Object.entries(data.pages).map(([page, route]) => {
    const [method, path] = route.split(" ");
    const operation = document_.paths[path][method.toLowerCase()];
    return { page, method, path, operation, ...told(page, route, operation, data) };
  });
  endpoints.sort((a, b) => a.category.localeCompare(b.category) || a.path.localeCompare(b.path));
  const byPage = new Map(endpoints.map((each) => [each.page, each]));
  return { ...data, endpoints, byPage, codes: codes(data), absent: absent(data) };
}

async function get(path) {
  const reply = await fetch(path);
  if (!reply.ok) throw new Error(`${path} answered ${reply.status}`);
  return reply.json();
}

function told(page, route, operation, data) {
  const body = operation.requestBody?.content["application/json"];
  const parameters = body ? ofBody(body) : ofQuery(operation.parameters ?? []);
  const answer = operation.responses["200"].content["application/json"].schema;
  const fields = rows(answer.properties.result);
  return {
    category: page.includes("/") ? page.split("/")[0] : "misc",
    name: page.split("/").slice(1).join("/") || page,
    summary: operation.summary,
    kind: operation["x-kind"],
    docs: operation.externalDocs?.url ?? "",
    permission: operation["x-permission-any-of"] ?? [],
    limit: operation["x-rate-limit"],
    refusals: operation["x-refusals"] ?? [],
    client: data.clients[route] ?? {},
    parameters, answer, fields,
    words: [
      page, route, operation.summary,
      ...[...parameters, ...fields].flatMap((each) => [each.name, ...(each.values ?? [])]),
      ...(operation["x-refusals"] ?? []).map((r) => r.retCode),
    ].join(" ").toLowerCase(),
  };
}

function ofQuery(parameters) {
  return parameters.map((each) => asked({
    name: each.name, required: each.required, example: each.example,
    suggestion: each["x-suggestion"], ...described({ ...each.schema, description: each.description }),
  }));
}

function ofBody({ schema, example = {} }) {
  const known = followed(schema);
  return Object.entries(known.properties ?? {}).map(([name, of]) => asked({
    name, required: (known.required ?? []).includes(name), example: example[name],
    suggestion: undefined, ...described(of),
  }));
}

// Some are required by a refusal of the endpoint's own, which their description says in words.
function asked(parameter) {
  const text = parameter.description.replace(/^Required: /, "").replace(/ ?It must be given\.$/, "");
  if (text === parameter.description) return { ...parameter, needed: parameter.required };
  return { ...parameter, needed: true, description: `${text[0].toUpperCase()}${text.slice(1)}` };
}

/** A schema with its reference followed; what stands beside the reference wins. */
export function followed(schema) {
  if (!schema) return {};
  if (!schema.$ref) return schema;
  const { $ref, ...beside } = schema;
  const known = components[$ref.split("/").at(-1)];
  return { ...known, ...beside, enumName: known.enum ? known.title : undefined };
}

/** What a form or a table says of a schema. */
export function described(schema) {
  const known = followed(schema);
  const options = (known.anyOf ?? []).map(described).filter((each) => each.type !== "null");
  if (options.length) {
    const type = options.map((each) => each.type).join(" or ");
    return { ...options[0], type, description: known.description ?? options[0].description ?? "" };
  }
  const values = known.enum ?? (known.const === undefined ? undefined : [known.const]);
  const of = known.type === "array" ? described(known.items ?? {}) : undefined;
  return {
    type: of ? `list of ${of.type}` : typeOf(known, values),
    json: known.type ?? (typeof values?.[0] === "number" ? "integer" : "string"),
    description: known.description ?? "",
    limits: limits(known),
    fallback: known.default,
    values, meanings: known["x-enum-descriptions"] ?? {}, enumName: known.enumName,
    properties: known.properties ?? of?.properties, items: known.items,
  };
}

function typeOf(known, values) {
  if (values) return typeof values[0] === "number" ? "integer" : "string";
  return known.type ?? "any";
}

function limits(known) {
  const { minimum, maximum, minLength, maxLength } = known;
  if (minimum !== undefined && maximum !== undefined) return `${minimum} to ${maximum}`;
  if (minimum !== undefined) return `at least ${minimum}`;
  if (maximum !== undefined) return `at most ${maximum}`;
  if (maxLength !== undefined) return `at most ${maxLength} characters`;
  return minLength === 1 ? "not empty" : "";
}

/** The fields of an answer, one a row, each below the one that holds it. */
export function rows(schema, depth = 0, seen = []) {
  const known = followed(schema);
  const holder = known.type === "array" ? followed(known.items) : known;
  if (!holder.properties || seen.includes(holder.title)) return [];
  return Object.entries(holder.properties).flatMap(([name, of]) => {
    const told = described(of);
    const inner = followed(of).anyOf?.map(followed).find((each) => each.type !== "null") ?? of;
    return [{ name, depth, ...told }, ...rows(inner, depth + 1, [...seen, holder.title])];
  });
}
