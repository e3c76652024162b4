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

// A letter that is too large or too small is refused before it travels; the server decides in any case.
document.addEventListener("change", (event) => {
  const field = event.target.closest("input[type=file][data-max-bytes]");
  if (!field) return;
  const size = field.files[0]?.size;
  const problem = document.getElementById("problem");
  let sentence = "";
  if (size > Number(field.dataset.maxBytes)) sentence = problem.dataset.tooLarge;
  else if (size <= Number(field.dataset.minBytes)) sentence = problem.dataset.tooSmall;
  problem.textContent = sentence.replace("%size%", size);
  field.setCustomValidity(problem.textContent);
});

// A second click sends nothing; the first one is on its way.
document.addEventListener("submit", (event) => {
  if (event.target.dataset.sent) event.preventDefault();
  else if (event.target.method === "post") event.target.dataset.sent = "yes";
});
window.addEventListener("pageshow", () => {
  for (const form of document.querySelectorAll("form[data-sent]")) delete form.dataset.sent;
});
