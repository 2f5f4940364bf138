// The page of one endpoint: its parameters, RUN, what came of it, and what it documents.

import { copyButton, dated, fill, h, tabs } from "../shared/dom.js";
import { isRsa } from "../shared/sign.js";
import { accountChoice, chosen, forget, stillIn } from "./account.js";
import { answerTree } from "./answer.js";
import { CLIENTS, misspelt, program } from "./clients.js";
import { form, queryOf } from "./form.js";
import { badge } from "./list.js";
import { openCode, openValues } from "./lookup.js";
import { aheadOf, preview, send } from "./run.js";
import { address, base } from "./spec.js";

const GONE = ["10003", "33004"]; // no such key; it is expired
let client = "curl";
let opened = "request"; // there is no answer yet

/** Show the page of an endpoint. */
export function endpointPage(main, spec, endpoint) {
  let last = null; // what came of the last RUN
  const inputs = form(endpoint, changed);
  const isPublic = endpoint.kind === "public";
  const answer = h("div", { class: "tab-panel" });
  const request = h("div", { class: "tab-panel" });
  const code = h("div", { class: "tab-panel" });
  const status = h("div", { class: "status", role: "status" });
  const warning = endpoint.kind === "command" ? "RUN changes the account, as a client's call would." : "RUN only reads.";
  const before = h("span", { class: "soft small" }, warning); // RUN
  const run = h("button", { type: "button", class: "primary run", onclick: press, "aria-keyshortcuts": "Control+Enter" }, "RUN");
  const entries = [
    { id: "answer", name: "Answer", panel: answer },
    { id: "request", name: "What is signed", panel: request },
    { id: "code", name: "As code", panel: code },
  ];
  let choice = isPublic ? h("p", { class: "soft small" }, "Public: no key is needed.") : accountChoice(spec, changed);

  async function fitToSend(account) {
    if (!(await stillIn(account))) {
      choice.replaceWith(choice = accountChoice(spec, changed));
      throw new Error("the session has ended, and the key that was made in it is forgotten: choose who signs");
    }
    for (const [name, value] of [["API key", account.apiKey], ["recv window", account.recvWindow]]) {
      const strange = /[^\x21-\x7e]/u.exec(value);
      if (strange) throw new Error(`the ${name} has ${JSON.stringify(strange[0])} in it, which no header carries: paste it again`);
    }
  }

  const strip = tabs("Of this call", entries, (id) => (opened = id));

  function call() {
    const values = inputs.values();
    const get = endpoint.method === "GET";
    return {
      endpoint, values, fresh: inputs.fresh(), account: isPublic ? { ...chosen(spec), base } : chosen(spec),
      query: get ? queryOf(values) : "", body: get ? "" : JSON.stringify(values),
    };
  }

  function changed() {
    try {
      showRequest(call());
      showCode(call());
    } catch (error) {
      fill(code, h("p", { class: "bad" }, error.message));
    }
  }

  async function press() {
    run.disabled = true;
    try {
      const asked = call();
      inputs.remember();
      if (!isPublic && !(asked.account.apiKey && asked.account.secret)) {
        throw new Error("choose who signs first: a key and its secret are missing");
      }
      if (!isPublic) await fitToSend(asked.account);
      before.remove();
      fill(status, h("span", { class: "soft" }, "Asking ..."));
      last = await send(asked);
      inputs.sent();
      if (GONE.includes(last.json?.retCode?.source) && forget(asked.account)) choice.replaceWith(choice = accountChoice(spec, changed));
      showAnswer(asked);
    } catch (error) {
      last = null;
      fill(status, h("span", { class: "bad" }, "Nothing came back"));
      fill(answer, h("p", { class: "bad" }, sentence(error)));
    } finally {
      run.disabled = false;
    }
    changed();
    strip.choose("answer");
  }

  function showAnswer({ account }) {
    const { json, status: number, took, limit, why, text } = last;
    const retCode = json?.retCode?.source;
    const fine = retCode === "0";
    fill(status,
      h("span", { class: fine ? "good" : "bad" }, h("strong", {}, fine ? "Success" : "Refused"), ` ${retCode ?? ""}`),
      h("span", { class: "soft" }, `HTTP ${number}`),
      h("span", { class: "soft" }, `${took.toFixed(1)} ms`),
      limit && h("span", { class: "soft", title: `Full again at ${dated(limit.reset)}` }, `${limit.left} of ${limit.all} calls left`));
    fill(answer,
      why ? whyBox(why) : fine || !json ? null : unexplained(),
      fine ? null : clockNote(account),
      json === undefined ? h("pre", { class: "raw", tabindex: "0" }, text || "(an empty body)") : answerTree(spec, endpoint, json),
      h("details", { class: "more" }, h("summary", {}, `As it came: ${new Blob([text]).size} bytes, and its headers`),
        h("div", { class: "raw-head" }, copyButton(() => text, "Copy the body")),
        h("pre", { class: "raw", tabindex: "0" }, last.headers.map(([name, value]) => `${name}: ${value}\n`).join(""), "\n", text)));
  }

  function clockNote(account) {
    const off = aheadOf(account.base);
    if (last.json?.retCode?.source !== "10002" || off === undefined) return null;
    return h("p", { class: "box warn-box" }, `That venue's clock is ${off} ms from this machine's. `
      + "The page follows it now: press RUN again.");
  }

  function showRequest(asked) {
    const sent = last?.sent;
    const payload = asked.query || asked.body;
    const signed = isPublic ? null : sent?.signed ?? preview(asked.account, payload);
    fill(request,
      signed ? signedText(signed, asked.account, sent?.signature)
        : h("p", {}, "This endpoint is public: nothing is signed, and no key is sent."),
      h("h3", {}, sent ? "The request" : "The request, when you press RUN"),
      h("pre", { class: "raw", tabindex: "0" }, sent
        ? requestText(sent)
        : `${asked.endpoint.method} ${asked.account.base}${endpoint.path}${asked.query ? `?${asked.query}` : ""}`
          + `${asked.body ? `\n\n${asked.body}` : ""}`),
      off(asked.account));
  }

  function off(account) {
    const ahead = aheadOf(account.base);
    if (ahead === undefined || isPublic) return null;
    const text = Math.abs(ahead) < 2 ? "The venue's clock and this machine's agree."
      : `The venue's clock is ${Math.abs(ahead)} ms ${ahead > 0 ? "ahead of" : "behind"} this machine's: the page follows it.`;
    return h("p", { class: "soft small" }, text);
  }

  function showCode(asked) {
    const text = program(client, asked);
    const ahead = aheadOf(asked.account.base);
    fill(code,
      h("div", { class: "code-head" },
        h("div", { class: "choice", role: "group", "aria-label": "Client" }, CLIENTS.map(([id, name]) =>
          h("button", { type: "button", "aria-pressed": String(id === client), onclick: () => {
            client = id;
            showCode(call());
            code.querySelector("[aria-pressed=true]").focus();
          } }, name))),
        copyButton(() => text, "Copy")),
      !isPublic && ahead !== undefined && Math.abs(ahead) > 900
        ? h("p", { class: "box warn-box" }, "This venue's clock is not the machine's: a client signs with the machine's and is refused with 10002. ",
          h("code", {}, "utabox clock --help"), " says how to let it run as that.") : null,
      misspelt(client, asked) ? h("p", { class: "box warn-box" }, `${client} does not sign the spelling of every character that it `
        + "sends, and there is one here: it may get 10004, or ask for something else. curl signs what it sends.") : null,
      h("pre", { class: "program", tabindex: "0" }, text));
  }

  fill(main,
    h("header", { class: "page-head" },
      h("h1", { tabindex: "-1" }, badge(endpoint.method), " ", h("span", { class: "mono" }, endpoint.path)),
      h("p", {}, endpoint.summary),
      facts(spec, endpoint)),
    h("div", { class: "columns" },
      h("section", { class: "asks", "aria-labelledby": "h-parameters" },
        h("h2", { id: "h-parameters" }, "Parameters"), inputs.element),
      h("section", { class: "runs panel", "aria-label": "Run it" },
        choice,
        h("div", { class: "run-line" }, run, before, status),
        strip.list, answer, request, code),
      h("div", { class: "tells" }, fieldsTable(endpoint), refusals(spec, endpoint))));
  fill(answer, h("p", { class: "soft" }, `Nothing was sent yet. ${warning}`));
  changed();
  strip.choose(opened === "answer" ? "request" : opened);
  main.onkeydown = (event) => {
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey) && !run.disabled) press();
  };
}

const sentence = (error) => error instanceof TypeError
  ? `The server did not answer, or cut its answer off (${error.message}). Is it still running?` : `${error.message}.`;

function requestText({ method, target, headers, body }) {
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\n`).join("");
  return `${method} ${target}\n${lines}${body ? `\n${body}` : ""}`;
}

/** The exact text, its four parts told apart by colour and by name. */
function signedText(signed, account, signature) {
  const text = signed.map(([, part]) => part).join("");
  return h("div", { class: "signed" },
    h("h3", {}, "The text that is signed"),
    h("p", { class: "text mono", "aria-label": "The text that is signed" },
      signed.map(([name, part], index) => h("span", { class: `part part-${index + 1}`, title: name }, part))),
    h("ul", { class: "legend small" }, signed.map(([name, part], index) => h("li", {},
      h("span", { class: `part part-${index + 1}`, "aria-hidden": "true" }, "  "), ` ${name}`,
      part ? null : h("span", { class: "soft" }, " (nothing)")))),
    signature ? h("p", { class: "small" }, isRsa(account.secret)
      ? "RSA PKCS#1 v1.5 over SHA-256 with the private key, in base64:" : "HMAC-SHA256 with the secret, in lower-case hex:") : null,
    signature ? h("p", { class: "text mono" }, signature) : null,
    signature ? copyButton(() => text, "Copy the text") : null);
}

function whyBox(why) {
  const details = Object.entries(why.details ?? {});
  const row = (name, value) => value ? [h("dt", {}, name), h("dd", {}, value)] : [];
  return h("div", { class: "box why", role: "group", "aria-label": "Why it was refused" },
    h("h3", {}, "Why"),
    h("p", {}, why.rule),
    h("dl", {}, row("Expected", why.expected), row("Seen", why.seen), row("To do", why.hint)),
    details.length ? h("details", {}, h("summary", { class: "small" }, "Details"),
      h("dl", { class: "mono" }, details.flatMap(([name, value]) => row(name, value)))) : null);
}

const unexplained = () => h("p", { class: "box warn-box" }, "The server tells the why of a refusal to pages on its own machine only. ",
  h("code", {}, "utabox requests --refused"), " shows it, or start the server with ", h("code", {}, "--explain-header"), ".");

function facts(spec, endpoint) {
  const { limit, permission, operation } = endpoint;
  const told = [
    endpoint.docs ? h("a", { href: endpoint.docs, rel: "noreferrer", target: "_blank" }, "The exchange's page")
      : h("span", {}, "The exchange has no page of it any more"),
    endpoint.kind === "public" ? "No key" : permission.length ? `Key with ${permission.join(" or ")}` : "Any key",
    endpoint.kind === "command" ? "Not with a read-only key" : null,
    operation["x-masters-only"] ? "Masters only" : null,
    limit ? `${limit.calls} calls in ${limit.window_ms / 1000} s` : "No stated limit",
    operation["x-demo"] ? null : "Not on demo environments",
  ];
  return h("ul", { class: "facts small" }, told.filter(Boolean).map((each) => h("li", {}, each)));
}

function fieldsTable(endpoint) {
  const none = h("p", { class: "soft" }, "A success has no result.");
  return h("section", { "aria-labelledby": "h-fields" },
    h("h2", { id: "h-fields" }, "Result"),
    endpoint.fields.length ? h("ul", { class: "fields" }, endpoint.fields.map((field) =>
      h("li", { class: `d${Math.min(field.depth, 4)}` },
        h("p", { class: "field-head" },
          h("span", { class: "mono" }, field.name), " ",
          h("span", { class: "soft small" }, field.values?.length > 1
            ? h("button", { type: "button", class: "plain", onclick: () => openValues(field) }, `${field.type}, ${field.values.length} values`)
            : field.type)),
        h("p", { class: "soft" }, field.description)))) : none);
}

function refusals(spec, endpoint) {
  const code = (each) => h("li", {},
    h("button", { type: "button", class: "plain mono", onclick: () => openCode(spec, each.retCode, endpoint) }, String(each.retCode)),
    h("span", {}, ` ${each.retMsg}`), each.when ? h("span", { class: "soft" }, ` ${each.when}`) : null);
  const door = endpoint.kind === "public" ? [] : spec.door;
  if (!door.length && !endpoint.refusals.length) return null;
  return h("section", { "aria-labelledby": "h-refusals" },
    h("h2", { id: "h-refusals" }, "Refusals"),
    endpoint.refusals.length ? h("p", { class: "soft small" }, "The first that applies wins.") : null,
    endpoint.refusals.length ? h("ol", { class: "refusals" }, endpoint.refusals.map(code)) : null,
    door.length ? h("details", {}, h("summary", {}, endpoint.refusals.length
      ? "Before them, those of every endpoint that needs a key"
      : "None of its own; those of every endpoint that needs a key"),
      h("ol", { class: "refusals" }, door.map(code))) : null,
    h("p", { class: "small" }, h("a", { href: address("error") }, "All error codes")));
}
