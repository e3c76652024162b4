// The reviewers' keyboard. Without it the desk works in the same way by mouse and Tab.
// Single keys act only while no field has the focus, and can be switched off (WCAG 2.1.4).

const STORE = "desk-keys";
const panel = document.getElementById("keys");
const fieldHasFocus = () => document.activeElement?.matches("input, textarea, select, [contenteditable]");
const isOn = () => localStorage.getItem(STORE) !== "off";
const keyed = () => [...document.querySelectorAll("[data-key]")].filter((element) => element.offsetParent !== null);
const rows = () => [...document.querySelectorAll("#result_list .field-number a")];

const show = () => {
  document.documentElement.classList.toggle("keys-on", isOn());
  const list = panel.querySelector("ul");
  list.replaceChildren();
  const add = (key, text) => {
    const item = document.createElement("li");
    const kbd = document.createElement("kbd");
    kbd.textContent = key;
    item.append(kbd, ` ${text}`);
    list.append(item);
  };
  for (const element of keyed()) {
    const copy = element.cloneNode(true);
    for (const kbd of copy.querySelectorAll("kbd")) kbd.remove();
    add(element.dataset.key, element.getAttribute("aria-label") ?? copy.textContent.trim());
  }
  if (rows().length) add("j k", panel.dataset.rows);
  if (document.querySelector("form.decision")) add("Ctrl Enter", panel.dataset.send);
};

const act = (element) => {
  if (element.matches("textarea")) element.focus();
  else element.click();
  const box = element.closest("details[open]");
  if (element.matches("summary") && box) box.querySelector("input:not([type=hidden]), textarea")?.focus();
};

const walk = (step) => {
  const links = rows();
  const at = links.indexOf(document.activeElement);
  links[Math.min(Math.max(at + step, 0), links.length - 1)]?.focus();
};

document.addEventListener("keydown", (event) => {
  if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
    const form = event.target.closest("form.decision") ?? document.querySelector("details[open] form.decision");
    form?.requestSubmit(form.querySelector("button[type=submit]"));
    return;
  }
  if (event.key === "Escape" && fieldHasFocus()) {
    document.activeElement.blur();
    return;
  }
  if (!panel || !isOn() || fieldHasFocus() || event.ctrlKey || event.metaKey || event.altKey) return;
  if (rows().length && (event.key === "j" || event.key === "k")) walk(event.key === "j" ? 1 : -1);
  else {
    const element = keyed().find((candidate) => candidate.dataset.key === event.key);
    if (!element) return;
    act(element);
  }
  event.preventDefault();
});

// A decision that unfolds below the window's edge is brought into it; the letter stays where it is.
for (const box of document.querySelectorAll(".decisions details")) {
  box.addEventListener("toggle", () => box.open && box.scrollIntoView({ block: "nearest" }));
}

// What the customer will read, put together while it is written.
const preview = (form) => {
  const place = form.querySelector("[data-preview]");
  if (!place) return;
  const said = [...form.querySelectorAll("[data-says]")].filter((label) => label.querySelector("input").checked);
  const own = form.querySelector("textarea").value.trim();
  place.textContent = [...said.map((label) => label.dataset.says), own].filter(Boolean).join("\n");
  place.closest("div").hidden = place.textContent === "";
};
document.addEventListener("input", (event) => {
  const form = event.target.closest("form.decision");
  if (form) preview(form);
});

if (panel) {
  const box = document.getElementById("keys-on");
  box.checked = isOn();
  box.addEventListener("change", () => {
    localStorage.setItem(STORE, box.checked ? "on" : "off");
    show();
  });
  panel.hidden = false;
  show();
}

// Who else is on the case, asked for while the page is looked at; nothing is said twice to a screen reader.
const PEOPLE_SECONDS = 20;
const people = document.querySelector("#people[data-address]");
const renew = async () => {
  if (document.hidden) return;
  const answer = await fetch(people.dataset.address, { headers: { "X-Requested-With": "XMLHttpRequest" } }).catch(() => null);
  document.getElementById("people-ended").hidden = answer?.status !== 401; // what is typed here stays
  if (!answer?.ok || answer.redirected) return; // the portal is away: the next press will tell
  const said = await answer.text();
  if (said !== people.dataset.said) people.innerHTML = people.dataset.said = said;
};
if (people) setInterval(renew, PEOPLE_SECONDS * 1000);
