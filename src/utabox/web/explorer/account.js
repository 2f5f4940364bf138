// Who signs: the published demo key, a pasted key, or an account of this server. In memory only.

import { fill, h } from "../shared/dom.js";
import { door, inSession, logIn } from "../shared/doors.js";
import { base } from "./spec.js";

const ACCOUNTS_LISTED = 200; // of a venue
const VENUES_LISTED = 50;

const state = {
  way: "", apiKey: "", secret: "", recvWindow: "5000",
  accounts: null, account: "", made: new Map(),
};

/** The chosen key: `{apiKey, secret, base, recvWindow}`; `base` is the venue's, where it is known. */
export function chosen(spec) {
  const { recvWindow } = state;
  if (state.way === "demo") return { ...spec.demo, base, recvWindow };
  if (state.way === "account") {
    const made = state.made.get(state.account);
    return made ? { ...made, recvWindow } : { apiKey: "", secret: "", base, recvWindow };
  }
  return { apiKey: state.apiKey.trim(), secret: trimmed(state.secret), base, recvWindow };
}

/** Whether a key can be used still: one that was made in a session ends with it for this page. */
export async function stillIn({ apiKey }) {
  if (state.way !== "account" || !apiKey || (await inSession())) return true;
  state.made.clear();
  state.accounts = null;
  state.account = "";
  return false;
}

/** Forget a key of ours that the server does not know any more; whether it was one. */
export function forget({ apiKey }) {
  const found = [...state.made].find(([, made]) => made.apiKey === apiKey);
  if (!found) return false;
  state.made.delete(found[0]);
  state.account = "";
  state.accounts = null; // they may be others, too
  return true;
}

// A line feed that came with a pasted secret is no part of it.
const trimmed = (secret) => secret.replace(/^\s+|\s+$/g, "");

/** The choice, as a fieldset; `changed` is called after every change. */
export function accountChoice(spec, changed) {
  if (!state.way || (state.way === "demo" && !spec.demo)) state.way = spec.demo ? "demo" : "key";
  const more = h("div", { class: "account-more" });
  const way = h("select", { id: "way" },
    spec.demo ? h("option", { value: "demo" }, "Demo account (published key)") : null,
    h("option", { value: "key" }, "Another key: paste it"),
    h("option", { value: "account" }, "An account of this server"));
  way.value = state.way;
  way.addEventListener("change", () => {
    state.way = way.value;
    show();
    changed();
  });
  function show() {
    if (state.way === "demo") fill(more, h("p", { class: "soft small" }, "Key ", h("code", {}, spec.demo.apiKey),
      ": printed by every server on this machine, refused beyond it."));
    else if (state.way === "key") fill(more, pasted(changed));
    else fromServer(more, spec, changed);
  }
  show();
  return h("div", { class: "account" },
    h("div", { class: "account-head" }, h("label", { for: "way" }, "Sign as"), way), more,
    h("details", { class: "signing" }, h("summary", { class: "small" }, "Signing options"),
      h("label", { for: "window", class: "small" }, "X-BAPI-RECV-WINDOW, ms"),
      h("input", {
        id: "window", type: "text", inputmode: "numeric", value: state.recvWindow, autocomplete: "off",
        oninput: (event) => {
          state.recvWindow = event.target.value.trim();
          changed();
        },
      })));
}

function pasted(changed) {
  const kept = (name) => (event) => {
    state[name] = event.target.value;
    changed();
  };
  return [
    h("label", { for: "api-key", class: "small" }, "API key"),
    h("input", { id: "api-key", class: "mono", type: "text", value: state.apiKey, autocomplete: "off", spellcheck: "false", autocapitalize: "off", oninput: kept("apiKey") }),
    h("label", { for: "secret", class: "small" }, "Secret, or RSA private key in PEM"),
    h("textarea", { id: "secret", rows: "2", value: state.secret, autocomplete: "off", spellcheck: "false", autocapitalize: "off", oninput: kept("secret") }),
    h("p", { class: "soft small" }, "Both stay in this page's memory: a reload forgets them. ",
      h("code", {}, "utabox key create --uid UID"), " makes one."),
  ];
}

async function fromServer(more, spec, changed) {
  fill(more, h("p", { class: "soft small" }, "Asking the server ..."));
  try {
    if (!(await inSession())) return entrance(more, spec, changed);
    state.accounts ??= await accounts();
  } catch (error) {
    return fill(more, h("p", { class: "bad small", role: "alert" }, error.message));
  }
  if (state.way !== "account") return;
  const select = h("select", { id: "account" }, h("option", { value: "" }, "Choose an account"),
    state.accounts.map(({ venue, uids }) => h("optgroup", { label: `Venue ${venue.name}` },
      uids.map((each) => h("option", { value: `${venue.path}|${each.uid}` }, named(each))))));
  select.value = state.account;
  if (select.value !== state.account) select.value = ""; // it was given by its UID, or is gone
  if (!state.made.has(state.account)) state.account = select.value = "";
  const made = (key) => `Key ${key.apiKey} of ${state.account.split("|")[1]}, which ends in an hour.`;
  const told = h("p", { class: "soft small", role: "status" }, state.account
    ? made(state.made.get(state.account)) : "A fresh key is made for it, which ends in an hour.");
  async function choose(name) {
    state.account = name;
    if (name) {
      try {
        told.textContent = made(await freshKey(name));
      } catch (error) {
        state.account = select.value = "";
        told.textContent = error.message;
      }
    }
    changed();
  }
  select.addEventListener("change", () => choose(select.value));
  const cut = state.accounts.filter((each) => each.cut);
  fill(more, h("label", { for: "account", class: "small" }, "Account"), select,
    cut.length ? byUid(cut, (name) => {
      select.value = "";
      return choose(name);
    }) : null, told);
}

/** Where a list was cut: any account by its UID. */
function byUid(cut, choose) {
  const venue = h("select", { id: "account-venue" }, cut.map(({ venue }) => h("option", { value: venue.path }, venue.name)));
  const uid = h("input", { id: "account-uid", type: "text", inputmode: "numeric", autocomplete: "off" });
  const enter = (event) => {
    event.preventDefault();
    if (/^\d+$/.test(uid.value.trim())) choose(`${venue.value}|${uid.value.trim()}`);
  };
  return h("form", { class: "entrance", onsubmit: enter },
    h("p", { class: "soft small" }, `Of ${cut.map((each) => each.venue.name).join(", ")} the list has only the first accounts. Others by their UID:`),
    cut.length > 1 ? [h("label", { for: "account-venue", class: "small" }, "Venue"), venue] : null,
    h("label", { for: "account-uid", class: "small" }, "UID"),
    h("div", { class: "beside" }, uid, h("button", { type: "submit" }, "Use it")));
}

const named = (account) => [account.uid, account.marginMode, account.parentUid ? `sub of ${account.parentUid}` : ""]
  .filter(Boolean).join(", ");

async function accounts() {
  const venues = await door("GET", "/-/venues");
  return Promise.all(venues.map(async (venue, index) => {
    const uids = index < VENUES_LISTED ? await door("GET", `${venue.path}/-/accounts?limit=${ACCOUNTS_LISTED}`) : [];
    return { venue, uids, cut: index >= VENUES_LISTED || uids.length === ACCOUNTS_LISTED };
  }));
}

async function freshKey(name) {
  const known = state.made.get(name);
  if (known && known.ends > Date.now()) return known;
  const [path, uid] = name.split("|");
  const venue = (await door("GET", "/-/venues")).find((each) => each.path === path);
  const expiresAt = (venue?.time ?? Date.now()) + 3_600_000; // by the venue's clock
  const made = await door("POST", `${path}/-/keys`, { uid: Number(uid), note: "API explorer", expiresAt });
  const key = { apiKey: made.apiKey, secret: made.secret, base: path, ends: Date.now() + 3_500_000 };
  state.made.set(name, key);
  return key;
}

function entrance(more, spec, changed) {
  const code = h("input", { id: "code", type: "text", class: "mono", placeholder: "XXXX-XXXX-XXXX", autocomplete: "one-time-code" });
  const told = h("p", { class: "bad small", role: "alert" });
  const enter = async (event) => {
    event.preventDefault();
    try {
      await logIn(code.value.trim());
      await fromServer(more, spec, changed);
    } catch (error) {
      told.textContent = error.message;
    }
  };
  fill(more, h("form", { onsubmit: enter, class: "entrance" },
    h("label", { for: "code", class: "small" }, "Code that ", h("code", {}, "utabox console"), " prints"),
    h("div", { class: "beside" }, code, h("button", { type: "submit" }, "Let me in")), told));
}
