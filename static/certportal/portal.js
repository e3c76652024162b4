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

// The proofs renew themselves only when something changed: what was open stays open, the focus stays where it was, and what
// is new is said to those who listen.
let kept = null;
document.addEventListener("htmx:beforeSwap", (event) => {
  if (event.detail.target.id !== "proofs" || !event.detail.shouldSwap) return;
  const details = [...event.detail.target.querySelectorAll("details[id]")];
  const focused = [...event.detail.target.querySelectorAll("button, summary, a")].indexOf(document.activeElement);
  kept = { open: new Map(details.map((each) => [each.id, each.open])), focused };
});
document.addEventListener("htmx:afterSettle", () => {
  const proofs = document.getElementById("proofs"), said = document.getElementById("proofs-said");
  if (!kept || !proofs) return;
  for (const each of proofs.querySelectorAll("details[id]")) if (kept.open.has(each.id)) each.open = kept.open.get(each.id);
  if (kept.focused >= 0) [...proofs.querySelectorAll("button, summary, a")][kept.focused]?.focus();
  if (said && said.textContent !== proofs.dataset.said) said.textContent = proofs.dataset.said;
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

// My Certificates: choose all on the page, and say how many are chosen.
const boxes = () => [...document.querySelectorAll("input[form=chosen]")];
const showChosen = () => {
  const all = document.querySelector("input.choose-all"), words = document.querySelector(".how-many");
  if (!all || !words) return;
  const chosen = boxes().filter((box) => box.checked).length;
  all.hidden = false;
  all.checked = chosen > 0 && chosen === boxes().length;
  all.indeterminate = chosen > 0 && !all.checked;
  words.closest(".bottom").classList.toggle("some", chosen > 0);
  if (chosen) words.textContent = words.dataset.words.replace("%number%", chosen);
};
document.addEventListener("DOMContentLoaded", showChosen);
document.addEventListener("htmx:afterSettle", showChosen);
document.addEventListener("change", (event) => {
  if (event.target.matches("input.choose-all")) for (const box of boxes()) box.checked = event.target.checked;
  if (event.target.matches("input.choose-all, input[form=chosen]")) showChosen();
});

// An address of a search names only what was chosen.
document.addEventListener("htmx:configRequest", (event) => {
  if (!event.target.matches("form[role=search]")) return;
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
