// What makes the pages better where scripts run. Without it, all of them work.

// Copy buttons beside what is to be published (also in parts that htmx has renewed).
const showCopyButtons = () => {
  if (!navigator.clipboard) return; // plain http elsewhere than on this machine
  for (const button of document.querySelectorAll("button.copy[hidden]")) button.hidden = false;
};
document.addEventListener("DOMContentLoaded", showCopyButtons);
document.addEventListener("htmx:afterSettle", showCopyButtons);
document.addEventListener("click", async (event) => {
  const button = event.target.closest("button.copy");
  if (!button) return;
  await navigator.clipboard.writeText(button.dataset.copy);
  button.textContent = button.dataset.copied;
});

// Parts that renew themselves (data-renewed) come only when something changed: what was open stays open, the focus stays
// where it was or goes to the block that it was in, what is being selected is left alone, and what is new is said to those
// who listen.
const stops = (part) => [...part.querySelectorAll("button, summary, a, [tabindex]")];
const nameOf = (stop) => stop.id || [stop.closest("[id]").id, stop.tagName, stop.dataset.copy ?? stop.textContent].join(" ");
let kept = null;
document.addEventListener("htmx:beforeSwap", (event) => {
  const part = event.detail.target, selected = getSelection();
  if (!part.matches("[data-renewed]") || !event.detail.shouldSwap) return;
  if (!selected.isCollapsed && part.contains(selected.anchorNode)) return void (event.detail.shouldSwap = false);
  const details = [...part.querySelectorAll("details[id]")];
  const focused = part.contains(document.activeElement) ? document.activeElement : null;
  kept = { part: part.id, open: new Map(details.map((each) => [each.id, each.open])),
    focus: focused && nameOf(focused), block: focused?.closest("[id][tabindex]")?.id };
});
document.addEventListener("htmx:afterSettle", () => {
  const part = kept && document.getElementById(kept.part);
  if (!part) return;
  for (const each of part.querySelectorAll("details[id]")) if (kept.open.has(each.id)) each.open = kept.open.get(each.id);
  const same = kept.focus && stops(part).find((stop) => nameOf(stop) === kept.focus);
  if (kept.focus) (same ?? document.getElementById(kept.block) ?? document.getElementById("main")).focus();
  const said = document.getElementById(`${part.id}-said`);
  if (said && said.textContent !== part.dataset.said) said.textContent = part.dataset.said;
  kept = null;
});

// A second click sends nothing; the first one is on its way.
document.addEventListener("submit", (event) => {
  if (event.target.dataset.sent) event.preventDefault();
  else if (event.target.method === "post") event.target.dataset.sent = "yes";
});
window.addEventListener("pageshow", () => {
  for (const form of document.querySelectorAll("form[data-sent]")) delete form.dataset.sent;
});

// My Certificates: choose all on the page, and say how many are chosen, on this page and on others.
const boxes = () => [...document.querySelectorAll("input[type=checkbox][form=chosen]")];
const elsewhere = () => document.querySelectorAll("input[type=hidden][form=chosen][name=id]").length;
const showChosen = () => {
  const all = document.querySelector("input.choose-all"), words = document.querySelector(".how-many");
  if (!words) return;
  const here = boxes().filter((box) => box.checked).length, chosen = here + elsewhere();
  if (all) {
    all.hidden = false;
    all.checked = here > 0 && here === boxes().length;
    all.indeterminate = here > 0 && !all.checked;
  }
  words.dataset.before ??= words.textContent;
  words.closest(".bottom").classList.toggle("some", chosen > 0);
  words.textContent = chosen ? words.dataset.words.replace("%number%", chosen) : words.dataset.before;
};
document.addEventListener("DOMContentLoaded", showChosen);
document.addEventListener("htmx:afterSettle", showChosen);
document.addEventListener("change", (event) => {
  if (event.target.matches("input.choose-all")) for (const box of boxes()) box.checked = event.target.checked;
  if (event.target.matches("input.choose-all, input[form=chosen]")) showChosen();
});

// An address of a search names only what was chosen. Buttons that lead to another page leave this one.
document.addEventListener("htmx:configRequest", (event) => {
  if (!event.target.matches("form[role=search]")) return;
  const button = event.detail.triggeringEvent?.submitter;
  if (button?.hasAttribute("formaction")) {
    event.preventDefault();
    const fields = [...new FormData(event.target, button)].filter(([, value]) => value !== "");
    location.assign(`${button.formAction}?${new URLSearchParams(fields)}`);
    return;
  }
  for (const [name, value] of [...new FormData(event.target)]) if (value === "") delete event.detail.parameters[name];
});

// One menu is open at a time; Escape closes it and gives the focus back.
document.addEventListener("toggle", (event) => {
  if (!event.target.matches("details.menu[open]")) return;
  for (const menu of document.querySelectorAll("details.menu[open]")) if (menu !== event.target) menu.open = false;
}, true);
document.addEventListener("click", (event) => {
  for (const menu of document.querySelectorAll("details.menu[open]")) if (!menu.contains(event.target)) menu.open = false;
});
document.addEventListener("keydown", (event) => {
  const menu = event.key === "Escape" && event.target.closest("details.menu[open]");
  if (menu) { menu.open = false; menu.querySelector("summary").focus(); }
});
