// An act: a form, what it is on the command line and over HTTP, and the button that does it.

import { Doors, cliOf, curlOf } from "./api.js";
import { code, complaint, h, icon, show, unique } from "./dom.js";

/** A field of an act's form; `read` makes of what was typed what the door takes. */
export function field(name, label, options = {}) {
  return { name, label, read: (text) => text, ...options };
}

function control(of, changed) {
  const id = unique(of.name);
  const common = { id, name: of.name, oninput: changed, onchange: changed, "aria-describedby": of.hint ? `${id}-hint` : null };
  let input;
  if (of.choices) {
    input = h("select", common, of.choices.map(([value, text]) => h("option", { value, selected: String(value) === String(of.value ?? "") }, text)));
  } else if (of.flag) {
    input = h("input", { ...common, type: "checkbox", checked: Boolean(of.value) });
    return { input, element: h("div", { class: "field check" }, h("label", { for: id }, input, h("span", null, of.label)),
      of.hint && h("p", { class: "hint", id: `${id}-hint` }, of.hint)) };
  } else {
    input = h("input", { ...common, type: "text", value: of.value ?? "", placeholder: of.placeholder, autocomplete: "off",
      spellcheck: "false", inputmode: of.inputmode, list: of.list ? `${id}-list` : null, required: of.required });
  }
  return { input, element: h("div", { class: "field" }, h("label", { for: id }, of.label), input,
    of.list && h("datalist", { id: `${id}-list` }, of.list.map((value) => h("option", { value }))),
    of.hint && h("p", { class: "hint", id: `${id}-hint` }, of.hint)) };
}

/**
 * The form of an act: element and `values()`. `door(values)` is what goes to the doors,
 * `cli(values)` the words after `utabox`; `run` does something else than the door's call, and
 * `forms(values)` says how that is done elsewhere. `check(values)` is what is wrong with them, if
 * anything.
 */
export function actForm(venue, act, { done, cancel }) {
  const controls = (act.fields ?? []).map((of) => [of, control(of, () => told())]);
  const forms = h("div", { class: "act-forms" });
  const answer = h("div", { class: "act-answer", "aria-live": "polite" });
  const button = h("button", { class: act.danger ? "danger" : "primary", type: "submit" }, act.button ?? act.title);
  const doors = act.ofServer ? new Doors("default") : venue.doors;
  const values = () => Object.fromEntries(controls.map(([of, { input }]) =>
    [of.name, of.flag ? input.checked : of.read(input.value.trim())]));
  const told = () => {
    const given = values();
    const wrong = act.check?.(given);
    if (wrong) show(forms, h("p", { class: "muted" }, wrong));
    else show(forms,
      act.forms?.(given).map(([label, text]) => code(text, label)),
      act.cli && code(cliOf(venue.name, act.cli(given), act), "Command line"),
      act.door && code(curlOf(doors.venue, act.door(given)), "HTTP"));
  };
  const form = h("form", { class: "act", onsubmit: async (event) => {
    event.preventDefault();
    button.disabled = true;
    show(answer);
    try {
      const given = values();
      const wrong = act.check?.(given);
      if (wrong) throw new Error(wrong);
      const { method, path, body } = act.door?.(given) ?? {};
      const made = act.run ? await act.run(given) : await doors.call(method, path, body);
      await done(made, answer);
    } catch (error) {
      show(answer, complaint(error));
    } finally {
      button.disabled = false;
    }
  } },
    act.say && h("p", { class: "say" }, act.say),
    h("div", { class: "act-fields" }, controls.map(([, { element }]) => element)),
    answer,
    h("div", { class: "act-buttons" }, button, cancel && h("button", { type: "button", onclick: cancel }, "Cancel")),
    h("details", { class: "same", open: act.open !== false }, h("summary", null, "The same without this page"), forms));
  told();
  return { element: form, told, values, controls };
}

/** Open an act as a dialog. `act.after(made)` may return something to show instead of closing. */
export function ask(venue, act) {
  const title = unique("act");
  const before = document.activeElement;
  const dialog = h("dialog", { class: "sheet", "aria-labelledby": title });
  const close = () => dialog.close();
  const { element } = actForm(venue, act, {
    cancel: close,
    done: async (made) => {
      const shown = await act.after?.(made);
      if (!shown) return close();
      show(body, shown, h("div", { class: "act-buttons" }, h("button", { class: "primary", type: "button", onclick: close }, "Done")));
      body.querySelector(".act-buttons button").focus();
    },
  });
  const body = h("div", { class: "sheet-body" }, element);
  dialog.append(h("div", { class: "sheet-head" }, h("h2", { id: title }, act.title),
    h("button", { class: "quiet square", type: "button", "aria-label": "Close", onclick: close }, icon("close"))), body);
  dialog.addEventListener("click", (event) => { if (event.target === dialog) close(); });
  dialog.addEventListener("close", () => { dialog.remove(); before?.focus?.(); });
  document.body.append(dialog);
  dialog.showModal();
  (dialog.querySelector(".act-fields input, .act-fields select") ?? dialog.querySelector(".act-buttons button"))?.focus();
  return dialog;
}

/** A small note at the bottom that goes by itself. */
export function note(text, bad = false) {
  const place = document.getElementById("notes");
  const element = h("div", { class: `toast ${bad ? "bad" : ""}`, role: bad ? "alert" : "status" }, text);
  place.append(element);
  setTimeout(() => element.remove(), bad ? 8000 : 3500);
}

/** Do something now, and say what went wrong. */
export async function quietly(work, said) {
  try {
    const made = await work();
    if (said) note(said);
    return made;
  } catch (error) {
    note(error.why ? `${error.why.rule} Seen: ${error.why.seen}. ${error.why.hint}` : error.message, true);
    return undefined;
  }
}
