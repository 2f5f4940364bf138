// Who there is, and one account: as it is, changing live, or as it was at an entry of the journal.

import { at, callAs, cliOf, signedCurlOf } from "../api.js";
import { ask, field, note, quietly } from "../act.js";
import { chip, code, complaint, empty, fields, h, icon, show, showAgain, svg } from "../dom.js";
import { CLI_KINDS, KINDS, MODES, amount, count, moment, percent, span, usd } from "../format.js";
import { throttled } from "../store.js";

export function mount(root, context) {
  return context.args[0] ? one(root, context) : all(root, context);
}

// --- all ------------------------------------------------------------------------------------------

function all(root, { venue, go }) {
  const place = h("div");
  const wanted = h("input", { type: "search", placeholder: "UID, mode, kind…", "aria-label": "Find an account", oninput: () => draw() });
  let accounts = [];
  const draw = () => {
    const words = wanted.value.trim().toLowerCase();
    const fitting = accounts.filter((account) => !words || [account.uid, account.parentUid || "", MODES[account.marginMode], KINDS[account.kind], account.environment].join(" ").toLowerCase().includes(words));
    const uid = wanted.value.trim();
    const typed = /^\d{1,16}$/.test(uid) && venue.accountsCut && !fitting.some((account) => String(account.uid) === uid);
    showAgain(place,
      venue.accountsCut && h("p", { class: "muted" }, `The first ${count(accounts.length)} accounts are looked through. For another, write its whole UID.`),
      typed && h("p", null, h("a", { class: "button", href: `#/${venue.name}/accounts/${uid}` }, `Open account ${uid}`)),
      fitting.length ? table(venue, fitting.slice(0, 500)) : !typed && empty("No account", accounts.length ? "None fits." : "Make one."),
      fitting.length > 500 && h("p", { class: "muted" }, `and ${count(fitting.length - 500)} more: say more of the one that you look for`));
  };
  const load = async () => {
    try { accounts = await venue.listed(); draw(); } catch (error) { show(place, complaint(error)); }
  };
  const soon = throttled(load, 500);
  show(root, h("div", { class: "bar" }, wanted, h("span", { class: "spring" }),
    h("button", { class: "primary", type: "button", onclick: () => ask(venue, newAccount(venue, (made) => go("accounts", [made.uid]))) }, icon("plus", "New account"))), place);
  venue.addEventListener("moved", soon);
  load();
  return { stop: () => { venue.removeEventListener("moved", soon); soon.stop(); } };
}

function table(venue, accounts) {
  const head = ["UID", "Kind", "Margin mode", "Equity, USD", "Coins", "Marks"];
  return h("div", { class: "table-wrap" }, h("table", { class: "hover" },
    h("thead", null, h("tr", null, head.map((name, i) => h("th", { scope: "col", class: i === 3 ? "right" : null }, name)))),
    h("tbody", null, accounts.map((account) => h("tr", null,
      h("th", { scope: "row" }, h("a", { class: "mono", href: `#/${venue.name}/accounts/${account.uid}` }, String(account.uid)),
        account.parentUid ? h("span", { class: "muted" }, ` of ${account.parentUid}`) : null),
      h("td", null, KINDS[account.kind]),
      h("td", null, MODES[account.marginMode]),
      h("td", { class: "mono right" }, usd(account.totalEquityUsd)),
      h("td", { class: "muted clip" }, Object.keys(account.coins).slice(0, 6).join(", ")),
      h("td", null, marks(account)))))));
}

function marks(account) {
  return [
    account.environment !== "mainnet" && chip(account.environment),
    account.leader && chip("leader", "accent"),
    account.frozen && chip("frozen", "bad"),
    account.upgradeDue ? chip("upgrading", "warn") : null,
    account.vipLevel !== "No VIP" && chip(account.vipLevel),
  ].filter(Boolean);
}

// --- one ------------------------------------------------------------------------------------------

function one(root, { venue, args, go }) {
  const uid = args[0];
  let seq = args[1] === "at" ? Number(args[2]) : null; // null: now, live
  let told = new Map(); // what was shown last: for flashes
  const place = h("div", { class: "account" });
  const past = h("div");
  show(root, past, place);
  let asked = 0;

  async function load() {
    const mine = ++asked;
    try {
      const found = await venue.doors.get(at("accounts", uid, "at", seq ?? "now"));
      if (mine !== asked) return;
      const before = told;
      told = new Map();
      const flashing = (name, value) => { told.set(name, value); return before.has(name) && before.get(name) !== value; };
      showAgain(place, account(venue, found, { live: seq === null, flashing, again: load, go }));
    } catch (error) {
      if (mine === asked) show(place, complaint(error));
    }
  }
  const soon = throttled(() => { if (seq === null) load(); bar(); }, 200);
  const again = () => { if (seq !== null) load(); };

  function bar() {
    if (!Number.isInteger(seq)) { show(past); return; }
    if (past.contains(document.activeElement)) {
      past.querySelector("input")?.setAttribute("max", venue.seq);
      return;
    }
    const slide = h("input", { type: "range", min: "1", max: String(Math.max(venue.seq, seq)), value: String(seq), "aria-label": "Entry of the journal",
      oninput: (event) => { seq = Number(event.target.value); where.textContent = `entry ${seq}`; follow(); } });
    const where = h("strong", null, `entry ${seq}`);
    const step = (by) => { seq = Math.max(1, Math.min(venue.seq, seq + by)); slide.value = String(seq); where.textContent = `entry ${seq}`; follow(); };
    show(past, h("div", { class: "past-bar" },
      icon("past"), h("span", null, "As it was after ", where),
      h("button", { type: "button", class: "small", onclick: () => step(-1), "aria-label": "One entry back" }, "‹ Back"),
      slide,
      h("button", { type: "button", class: "small", onclick: () => step(1), "aria-label": "One entry on" }, "On ›"),
      h("button", { type: "button", class: "small primary", onclick: () => go("accounts", [uid]) }, "Now")));
  }
  const follow = throttled(() => { go("accounts", [uid, "at", seq], undefined, true); load(); }, 120);

  venue.addEventListener("moved", soon);
  venue.addEventListener("cut", again);
  bar();
  load();
  return {
    update: (next) => {
      if (next.args[0] !== uid) return false;
      const to = next.args[1] === "at" ? Number(next.args[2]) : null;
      if (to !== seq) { seq = to; show(past); bar(); load(); }
      return true;
    },
    stop: () => { venue.removeEventListener("moved", soon); venue.removeEventListener("cut", again); soon.stop(); follow.stop(); asked++; },
  };
}

function account(venue, found, { live, flashing, again, go }) {
  const { account, info, wallet, keys } = found;
  const uid = account.uid;
  const acts = live && h("div", { class: "acts" },
    h("button", { class: "primary", type: "button", onclick: () => ask(venue, fund(account)) }, "Fund…"),
    h("button", { type: "button", onclick: () => ask(venue, marginMode(venue, account, again)) }, "Margin mode…"),
    h("button", { type: "button", onclick: () => ask(venue, profile(account, { leader: !account.leader }, account.leader ? "No leader any more" : "Make leader", [account.leader ? "--no-leader" : "--leader"],
      "A copy-trading leader is isMasterTrader in its account info.")) }, account.leader ? "Unmake leader…" : "Make leader…"),
    account.parentUid !== 0 && h("button", { type: "button", onclick: () => ask(venue, profile(account, { frozen: !account.frozen }, account.frozen ? "Let in again" : "Freeze", [account.frozen ? "--unfreeze" : "--freeze"],
      "Every call of a frozen sub-account is refused with 10008.")) }, account.frozen ? "Unfreeze…" : "Freeze…"),
    h("button", { type: "button", onclick: () => ask(venue, kindAndVip(account)) }, "Kind, VIP…"),
    h("button", { type: "button", onclick: () => ask(venue, newKey(venue, uid)) }, "New key…"));
  return [
    h("header", { class: "account-head" },
      h("div", null,
        h("p", { class: "crumb" }, h("a", { href: `#/${venue.name}/accounts` }, "Accounts")),
        h("h2", null, h("span", { class: "mono" }, String(uid)), " ", chip(KINDS[account.kind], "accent"), marks(account)),
        h("p", { class: "muted" }, account.parentUid ? ["Sub-account of ", h("a", { href: `#/${venue.name}/accounts/${account.parentUid}` }, String(account.parentUid)), " · "] : null,
          `made ${moment(account.createdAt).slice(0, 19)} UTC · entry ${count(found.seq)}`)),
      acts),
    h("div", { class: "cards" },
      h("section", { class: "card" }, h("h3", null, "Account info", h("span", { class: "source mono" }, "GET /v5/account/info")),
        info ? fields(Object.entries(info).map(([name, value]) => [name, String(value), /Time$/.test(name) && Number(value) ? moment(Number(value)).slice(0, 19) : ""]), flashing) : h("p", null, "Its kind has none.")),
      h("section", { class: "card" }, h("h3", null, "Margin", h("span", { class: "source mono" }, "GET /v5/account/wallet-balance")),
        wallet ? margin(wallet, flashing) : fields([["totalEquityUsd", amount(account.totalEquityUsd)]], flashing)),
      h("section", { class: "card" }, h("h3", null, "Switches"),
        fields([
          ["marginMode", MODES[account.marginMode]], ["spotHedging", account.spotHedging ? "ON" : "OFF"], ["vipLevel", account.vipLevel],
          ["smpGroup", String(account.smpGroup)], ["DCP windows", Object.entries(account.dcpWindows).map(([name, s]) => `${name} ${s} s`).join(", ")],
          ["MMP coins", account.mmpCoins.join(", ")], ["upgrade due", account.upgradeDue ? moment(account.upgradeDue) : ""],
          ["agreements", Object.keys(account.agreements).join(", ")], ["invited by", account.inviterUid ? String(account.inviterUid) : ""],
        ].map(([name, value]) => [name, value]), (name, value) => flashing(`switch ${name}`, value)))),
    h("section", { class: "card" }, h("h3", null, "Wallets"), wallets(account, wallet, flashing)),
    h("section", { class: "card" }, h("h3", null, "Keys"), keyTable(venue, keys, live, found.time)),
    h("p", { class: "see-also" },
      h("a", { href: `#/${venue.name}/requests?uid=${uid}` }, "Its requests"), h("a", { href: `#/${venue.name}/journal?uid=${uid}` }, "Its journal"),
      h("a", { href: `#/${venue.name}/pictures/${uid}` }, "Its pictures"),
      live && h("a", { href: `#/${venue.name}/accounts/${uid}/at/${found.seq}` }, "Go back in time")),
  ];
}

function margin(wallet, flashing) {
  const meter = (name, text) => {
    const n = Number(text);
    const part = Math.max(0, Math.min(1, Number.isFinite(n) ? n : 0));
    const kind = part > 0.8 ? "bad" : part > 0.5 ? "warn" : "good";
    return h("div", { class: "meter" },
      h("div", { class: "meter-head" }, h("span", { class: "label" }, name), h("span", { class: `mono ${flashing(name, text) ? "flash" : ""}` }, percent(text))),
      svg("svg", { class: "meter-bar", viewBox: "0 0 100 4", preserveAspectRatio: "none", "aria-hidden": "true" },
        svg("rect", { class: "ranking-back", width: 100, height: 4 }), svg("rect", { class: `bar ${kind}`, width: part * 100, height: 4 })));
  };
  return [
    h("p", { class: "headline" }, h("span", { class: `mono big ${flashing("totalEquity", wallet.totalEquity) ? "flash" : ""}` }, usd(wallet.totalEquity)), h("span", { class: "muted" }, " USD equity")),
    meter("Initial margin rate", wallet.accountIMRate), meter("Maintenance margin rate", wallet.accountMMRate),
    fields([["totalWalletBalance", amount(wallet.totalWalletBalance)], ["totalMarginBalance", amount(wallet.totalMarginBalance)],
      ["totalAvailableBalance", amount(wallet.totalAvailableBalance)], ["totalInitialMargin", amount(wallet.totalInitialMargin)],
      ["totalMaintenanceMargin", amount(wallet.totalMaintenanceMargin)], ["totalPerpUPL", amount(wallet.totalPerpUPL)]], flashing),
  ];
}

function wallets(account, wallet, flashing) {
  const others = Object.entries(account.wallets).flatMap(([name, coins]) => Object.entries(coins).map(([coin, held]) => [name, coin, held]));
  const own = wallet ? wallet.coin : Object.entries(account.coins).map(([coin, held]) => ({ coin, walletBalance: held }));
  if (!own.length && !others.length) return h("p", { class: "muted" }, "Nothing in any wallet.");
  const cell = (name, text, shown) => h("td", { class: `mono right ${flashing(name, text ?? "") ? "flash" : ""}` }, shown ?? amount(text));
  return h("div", { class: "table-wrap" }, h("table", null,
    h("thead", null, h("tr", null, ["Wallet", "Coin", "Balance", "Equity", "USD", "Borrowed", "Collateral"].map((name, i) => h("th", { scope: "col", class: i > 1 && i < 6 ? "right" : null }, name)))),
    h("tbody", null,
      own.map((coin) => h("tr", null, h("td", { class: "muted" }, account.kind === 1 ? "CONTRACT" : "UNIFIED"), h("th", { scope: "row" }, coin.coin),
        cell(`${coin.coin} balance`, coin.walletBalance), cell(`${coin.coin} equity`, coin.equity), cell(`${coin.coin} usd`, coin.usdValue, coin.usdValue === undefined ? "" : usd(coin.usdValue)),
        cell(`${coin.coin} borrowed`, Number(coin.borrowAmount) ? coin.borrowAmount : ""),
        h("td", null, coin.marginCollateral === undefined ? "" : coin.marginCollateral ? (coin.collateralSwitch ? chip("on", "good") : chip("off")) : chip("no collateral")))),
      others.map(([name, coin, held]) => h("tr", null, h("td", { class: "muted" }, name), h("th", { scope: "row" }, coin), cell(`${name} ${coin}`, held), h("td"), h("td"), h("td"), h("td"))))));
}

function keyTable(venue, keys, live, now) {
  if (!keys.length) return h("p", { class: "muted" }, "It has no key.");
  return h("div", { class: "table-wrap" }, h("table", null,
    h("thead", null, h("tr", null, ["Key", "Note", "Type", "May", "From", "Ends", live && ""].filter((name) => name !== false).map((name) => h("th", { scope: "col" }, name || h("span", { class: "hidden" }, "Acts"))))),
    h("tbody", null, keys.map((key) => {
      const ended = key.expiresAt && key.expiresAt <= (live ? venue.now() : now);
      return h("tr", null,
        h("th", { scope: "row", class: "mono" }, key.apiKey),
        h("td", null, key.note),
        h("td", null, key.algorithm.toUpperCase()),
        h("td", { class: "clip", title: Object.entries(key.permissions).map(([group, held]) => `${group}: ${held.join(", ")}`).join("\n") }, key.readOnly ? chip("read only", "warn") : "", " ", Object.keys(key.permissions).join(", ")),
        h("td", { class: "mono" }, key.ips.join(", ") || "anywhere"),
        h("td", null, ended ? chip("expired", "bad") : key.expiresAt ? moment(key.expiresAt).slice(0, 19) : "never"),
        live && h("td", { class: "right nowrap" },
          !ended && h("button", { class: "small", type: "button", "aria-label": `Expire the key ${key.apiKey}`, onclick: () => ask(venue, expire(venue, key)) }, "Expire…"), " ",
          h("button", { class: "small", type: "button", "aria-label": `Delete the key ${key.apiKey}`, onclick: () => ask(venue, deleteKey(key)) }, "Delete…")));
    }))));
}

// --- acts -----------------------------------------------------------------------------------------

function newAccount(venue, then) {
  return {
    title: "New account",
    fields: [
      field("kind", "Kind", { choices: Object.entries(KINDS), value: "5", read: Number }),
      field("parentUid", "Sub-account of", { placeholder: "a UID; empty: a master", inputmode: "numeric", read: (text) => Number(text) || 0 }),
      field("environment", "Environment", { choices: [["", "as its master, or the venue"], ...["mainnet", "testnet", "demo", "testnet-demo"].map((name) => [name, name])] }),
    ],
    door: ({ kind, parentUid, environment }) => ({ method: "POST", path: "accounts", body: { kind, ...(parentUid ? { parentUid } : {}), ...(environment ? { environment } : {}) } }),
    cli: ({ kind, parentUid, environment }) => ["account", "create", "--kind", CLI_KINDS[kind], ...(parentUid ? ["--parent", parentUid] : []), ...(environment ? ["--environment", environment] : [])],
    after: (made) => { note(`${made.uid} is there.`); then(made); },
  };
}

function fund(account) {
  const path = at("accounts", account.uid, "fund");
  return {
    title: `Fund ${account.uid}`, button: "Fund",
    fields: [
      field("coin", "Coin", { value: "USDT", required: true, list: ["USDT", "USDC", "BTC", "ETH"], read: (text) => text.toUpperCase() }),
      field("amount", "Amount", { value: "1000", required: true, inputmode: "decimal", hint: "A negative amount takes out." }),
      field("wallet", "Wallet", { choices: [["", "the one that it trades from"], ["FUND", "FUND"], ["UNIFIED", "UNIFIED"], ["CONTRACT", "CONTRACT"], ["SPOT", "SPOT"]] }),
    ],
    door: ({ coin, amount: much, wallet }) => ({ method: "POST", path, body: { coin, amount: much, ...(wallet ? { wallet } : {}) } }),
    cli: ({ coin, amount: much, wallet }) => ["account", "fund", account.uid, coin, much, ...(wallet ? ["--wallet", wallet] : [])],
    after: () => note("Done."),
  };
}

function marginMode(venue, account, again) {
  const path = "/v5/account/set-margin-mode";
  return {
    title: "Switch margin mode", button: "Switch",
    say: "As its user does it: a call of the exchange's API, signed by a key of this page's own that ends within the hour. The exchange may refuse, and says why in the requests. Elsewhere, put a key of the account into UTABOX_API_KEY and UTABOX_API_SECRET.",
    fields: [field("mode", "Margin mode", { choices: Object.entries(MODES), value: account.marginMode })],
    forms: ({ mode }) => [
      ["Command line", `${cliOf(venue.name, ["post", path, JSON.stringify({ setMarginMode: mode })])} --key "\${UTABOX_API_KEY:?}"`],
      ["HTTP", signedCurlOf(venue.name, path, { setMarginMode: mode })],
    ],
    run: async ({ mode }) => {
      const reply = await callAs(venue.doors, account.uid, path, { setMarginMode: mode });
      if (reply.retCode !== 0) {
        const reasons = (reply.result?.reasons ?? []).map((reason) => `${reason.reasonCode}: ${reason.reasonMsg}`).join("; ");
        throw new Error(`${reply.retCode ?? reply.status} ${reply.retMsg ?? ""}${reasons ? ` (${reasons})` : ""}`);
      }
      again();
    },
    after: () => note("Switched."),
  };
}

function profile(account, body, title, words, say) {
  return {
    title: `${title}: ${account.uid}`, button: title, say,
    door: () => ({ method: "PATCH", path: at("accounts", account.uid), body }),
    cli: () => ["account", "set", account.uid, ...words],
    after: () => note("Done."),
  };
}

const VIPS = ["No VIP", "VIP-1", "VIP-2", "VIP-3", "VIP-4", "VIP-5", "VIP-Supreme", "PRO-1", "PRO-2", "PRO-3", "PRO-4", "PRO-5", "PRO-6"];

function kindAndVip(account) {
  return {
    title: `What ${account.uid} is`, button: "Set",
    fields: [
      field("kind", "Kind", { choices: Object.entries(KINDS), value: account.kind, read: Number }),
      field("vipLevel", "Fee level", { choices: VIPS.map((name) => [name, name]), value: account.vipLevel }),
      field("smpGroup", "SMP group", { value: String(account.smpGroup), inputmode: "numeric", hint: "0: none.", read: Number }),
    ],
    door: (body) => ({ method: "PATCH", path: at("accounts", account.uid), body }),
    cli: ({ kind, vipLevel, smpGroup }) => ["account", "set", account.uid, "--kind", CLI_KINDS[kind], "--vip", vipLevel, "--smp-group", smpGroup],
    after: () => note("Done."),
  };
}

function newKey(venue, uid) {
  return {
    title: `New key for ${uid}`, button: "Make key",
    fields: [
      field("note", "Note", { placeholder: "what it is for" }),
      field("ips", "Only from", { placeholder: "addresses, with commas", read: (text) => text.split(/[,\s]+/).filter(Boolean) }),
      field("readOnly", "Read only", { flag: true }),
    ],
    door: ({ note: text, ips, readOnly }) => ({ method: "POST", path: "keys", body: { uid, ...(text ? { note: text } : {}), ...(ips.length ? { ips } : {}), ...(readOnly ? { readOnly } : {}) } }),
    cli: ({ note: text, ips, readOnly }) => ["key", "create", "--uid", uid, ...(text ? ["--note", text] : []), ...ips.flatMap((ip) => ["--ip", ip]), ...(readOnly ? ["--read-only"] : [])],
    after: (made) => h("div", null, h("p", null, "The secret is shown once."), code(made.apiKey, "API key"), code(made.secret, "Secret"),
      code(`export BYBIT_API_KEY=${made.apiKey}\nexport BYBIT_API_SECRET=${made.secret}`, "For the shell")),
  };
}

function expire(venue, key) {
  return {
    title: `Expire ${key.apiKey}`, button: "Expire now", danger: true, say: "From now on its calls are refused with 33004, as those of a key that was not renewed.",
    door: () => ({ method: "PATCH", path: at("keys", key.apiKey), body: { expiresAt: Math.floor(venue.now()) } }),
    cli: () => ["key", "set", key.apiKey, "--expired"],
    after: () => note("It has expired."),
  };
}

function deleteKey(key) {
  return {
    title: `Delete ${key.apiKey}`, button: "Delete", danger: true, say: "From now on its calls are refused with 10003.",
    door: () => ({ method: "DELETE", path: at("keys", key.apiKey) }),
    cli: () => ["key", "delete", key.apiKey],
    after: () => note("It is gone."),
  };
}
