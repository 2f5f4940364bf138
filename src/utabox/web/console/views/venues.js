// The venues of the server: made, kept as they are, put back, dropped.

import { Doors, at } from "../api.js";
import { ask, field, note } from "../act.js";
import { chip, code, complaint, copyButton, empty, h, icon, show, showAgain } from "../dom.js";
import { count, moment } from "../format.js";

const SNAPSHOT = "snapshot";

export function mount(root, { venue, go, known }) {
  const place = h("div");
  let timer = 0;
  let last = "";
  async function load() {
    clearTimeout(timer);
    try {
      const venues = await new Doors("default").get("venues");
      known(venues);
      const now = JSON.stringify(venues.map(({ time, ...rest }) => rest));
      if (now !== last) {
        last = now;
        showAgain(place, h("div", { class: "cards venues" }, venues.map((each) => card(each))));
      }
    } catch (error) {
      last = "";
      show(place, complaint(error));
    }
    timer = setTimeout(load, 2000);
  }
  const again = (text) => { last = ""; load(); if (text) note(text); };

  function card(each) {
    const here = each.name === venue.name;
    const saved = each.snapshots.filter((name) => name !== "start");
    return h("section", { class: `card venue ${here ? "is-here" : ""}` },
      h("div", { class: "venue-head" }, h("h3", { class: "mono" }, each.name), here && chip("shown", "accent"), chip(each.memory ? "in memory" : "kept")),
      h("div", { class: "venue-url" }, h("code", null, location.origin + each.path), copyButton(() => location.origin + each.path)),
      h("dl", { class: "counts" }, [["accounts", each.accounts], ["keys", each.keys], ["entries", each.seq], ["requests", each.requests]].map(([name, n]) => h("div", null, h("dt", null, name), h("dd", { class: "mono" }, count(n))))),
      h("p", { class: "muted" }, saved.length ? `Snapshots: ${saved.join(", ")}` : "No snapshot yet."),
      h("div", { class: "acts" },
        !here && h("button", { class: "primary", type: "button", onclick: () => go("requests", [], undefined, false, each.name) }, "Show"),
        h("button", { type: "button", "aria-label": `Snapshot ${each.name}`, onclick: () => ask(venue, snapshot(each)) }, "Snapshot…"),
        each.snapshots.length > 0 && h("button", { type: "button", "aria-label": `Restore ${each.name}`, onclick: () => ask(venue, restore(each)) }, "Restore…"),
        h("button", { type: "button", "aria-label": `Reset ${each.name}`, onclick: () => ask(venue, reset(each)) }, "Reset…"),
        each.name !== "default" && h("button", { type: "button", "aria-label": `Drop ${each.name}`, onclick: () => ask(venue, drop(each)) }, "Drop…")));
  }

  const ofServer = true;
  const create = {
    title: "New venue", button: "Make it", ofServer,
    say: "An isolated exchange with one account that has money: its own keys, prices, time and faults.",
    fields: [
      field("name", "Name", { placeholder: "a random one", hint: "a-z, 0-9, - and _" }),
      field("environment", "Environment", { choices: [["", "as the server is"], ...["mainnet", "testnet", "demo", "testnet-demo"].map((name) => [name, name])] }),
      field("keep", "Keep it over a restart", { flag: true }),
    ],
    door: ({ name, environment, keep }) => ({ method: "POST", path: "venues", body: { ...(name ? { name } : {}), ...(environment ? { environment } : {}), ...(keep ? { memory: false } : {}) } }),
    cli: ({ name, environment, keep }) => ["venue", "create", ...(name ? [name] : []), ...(environment ? ["--environment", environment] : []), ...(keep ? ["--keep"] : [])],
    after: (made) => {
      again(`The venue ${made.venue.name} is there.`);
      return h("div", null, h("p", null, "Its base URL, and a key of its account; the secret is shown once."),
        code(location.origin + made.venue.path, "Base URL"), code(made.apiKey, "API key"), made.apiSecret && code(made.apiSecret, "Secret"));
    },
  };
  const snapshot = ({ name }) => ({
    title: `Snapshot of ${name}`, button: "Keep it as it is", ofServer,
    fields: [field(SNAPSHOT, "Name", { value: `at-${moment(Date.now()).slice(0, 19).replace(/[^0-9]/g, "-")}`, required: true })],
    door: (given) => ({ method: "PUT", path: at("venues", name, "snapshots", given[SNAPSHOT]) }),
    cli: (given) => ["venue", "snapshot", name, given[SNAPSHOT]],
    after: () => again("Kept."),
  });
  const restore = ({ name, snapshots }) => ({
    title: `Restore ${name}`, button: "Let it be so again", danger: true, ofServer, say: "Keys, clock and faults too; what came after is gone.",
    fields: [field(SNAPSHOT, "Snapshot", { choices: snapshots.map((each) => [each, each]) })],
    door: (given) => ({ method: "POST", path: at("venues", name, "snapshots", given[SNAPSHOT], "restore") }),
    cli: (given) => ["venue", "restore", name, given[SNAPSHOT]],
    after: () => again("Restored."),
  });
  const reset = ({ name }) => ({
    title: `Reset ${name}`, button: "Reset", danger: true, ofServer, say: "As it was when it was made; what came after is gone.",
    door: () => ({ method: "POST", path: at("venues", name, "reset") }), cli: () => ["venue", "reset", name], after: () => again("Reset."),
  });
  const drop = ({ name }) => ({
    title: `Drop ${name}`, button: "Drop", danger: true, ofServer, say: "The venue with all that is in it, and its snapshots.",
    door: () => ({ method: "DELETE", path: at("venues", name) }), cli: () => ["venue", "drop", name],
    after: () => { again("Dropped."); if (name === venue.name) go("venues", [], undefined, false, "default"); },
  });

  show(root, h("div", { class: "bar" }, h("span", { class: "muted" }, "A key belongs to one venue: that is how a signed request finds it."), h("span", { class: "spring" }),
    h("button", { class: "primary", type: "button", onclick: () => ask(venue, create) }, icon("plus", "New venue"))), place);
  load();
  return { stop: () => clearTimeout(timer) };
}
