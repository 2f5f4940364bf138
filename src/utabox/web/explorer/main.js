// Which page is shown: the address says so, and links change it without a reload.

import { fill, h, themeButton } from "../shared/dom.js";
import { ends, listPage, nav } from "./list.js";
import { lookupPage } from "./lookup.js";
import { endpointPage } from "./page.js";
import { address, load, LOOKUPS, pageHere } from "./spec.js";

const [main, list, search, menu] = ["main", "nav", "search", "menu"].map((id) =>
  document.getElementById(id));

let spec;

function show(focus) {
  const page = pageHere();
  const shared = !spec.byPage.has(page) && spec.endpoints.find((e) => e.page.startsWith(`${page}/`));
  const endpoint = spec.byPage.get(page) ?? (page ? shared : undefined);
  nav(list, spec, endpoint?.page ?? page, search.value.trim());
  if (!page) listPage(main, spec, search.value.trim());
  else if (endpoint) endpointPage(main, spec, endpoint);
  else if (LOOKUPS.some(([name]) => name === page)) lookupPage(main, spec, page);
  else nothing(page);
  const title = endpoint ? `${endpoint.method} ${endpoint.path}` : main.querySelector("h1").textContent;
  document.title = `${title} - utabox`;
  if (focus) {
    scrollTo(0, 0);
    main.querySelector("h1").focus();
  }
}

function nothing(page) {
  const gone = spec.absent.find((each) => each.page === page);
  fill(main, h("div", { class: "intro" },
    h("h1", { tabindex: "-1" }, "No such endpoint here"),
    gone
      ? h("p", {}, "The exchange documents ",
        h("a", { href: spec.docs + page, rel: "noreferrer", target: "_blank" }, page),
        `, but this server does not have it${gone.why ? `: ${gone.why}` : ""}. `,
        h("code", {}, `${gone.method} ${gone.path}`), " is answered by 404 with an empty body.")
      : h("p", {}, `Neither this server nor the exchange's documentation has a page ${page}.`),
    h("p", {}, h("a", { href: address("") }, "All endpoints"), ", ",
      h("a", { href: address("not-here") }, "all that is documented and not here"))));
}

function go(href) {
  history.pushState(null, "", href);
  openMenu(false);
  show(true);
}

document.addEventListener("click", (event) => {
  const link = event.target.closest("a[href]");
  const other = event.button || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey;
  if (!link || other || event.defaultPrevented || link.target) return;
  const there = new URL(link.href);
  if (there.origin !== location.origin || !there.pathname.startsWith(address(""))) return;
  if (there.pathname.endsWith(".json") || there.hash) return;
  event.preventDefault();
  go(there.href);
});
addEventListener("popstate", () => spec && show(true));

document.getElementById("find").addEventListener("submit", (event) => {
  event.preventDefault();
  const first = list.querySelector("ul a"); // none before the list is there
  if (search.value.trim() && first) go(first.href);
});
search.addEventListener("input", () => {
  if (!spec) return; // it is looked at again when the list is there
  const asked = search.value.trim();
  nav(list, spec, pageHere(), asked);
  if (!pageHere()) listPage(main, spec, asked);
  else if (asked && matchMedia("(max-width: 899px)").matches) openMenu(true);
});
document.addEventListener("keydown", (event) => {
  const typing = event.target.closest?.("input, textarea, select, dialog");
  if (event.key === "/" && !typing && !event.ctrlKey && !event.metaKey) {
    event.preventDefault();
    search.focus();
    search.select();
  }
  if (event.key === "Escape" && event.target === search) {
    search.value = "";
    search.dispatchEvent(new Event("input"));
  }
});

function openMenu(open) {
  menu.setAttribute("aria-expanded", open);
  list.classList.toggle("open", open);
}
menu.addEventListener("click", () => openMenu(menu.getAttribute("aria-expanded") !== "true"));

document.getElementById("home").href = address("");
document.getElementById("ends").append(...ends(), themeButton());

try {
  spec = await load();
  show(false);
} catch (error) {
  fill(main, h("div", { class: "intro" }, h("h1", {}, "The server did not say what it has"),
    h("p", { class: "bad" }, error.message), h("p", {}, "Reload the page when it answers again.")));
}
