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

// A second click sends nothing; the first one is on its way.
document.addEventListener("submit", (event) => {
  if (event.target.dataset.sent) event.preventDefault();
  else if (event.target.method === "post") event.target.dataset.sent = "yes";
});
window.addEventListener("pageshow", () => {
  for (const form of document.querySelectorAll("form[data-sent]")) delete form.dataset.sent;
});
