// A part of the page that could not be renewed stays as it is, and the page says why. Nothing replaces it: no sign-in,
// no error page.
const connection = document.getElementById("connection");
const FAILURES = { 401: "ended", 429: "tooOften", 502: "away", 503: "away", 504: "away" };
const tell = (name) => {
  if (!connection || connection.dataset.told === name) return;
  const words = document.getElementById("connection-words").content.querySelector(`[data-name=${name}]`);
  connection.replaceChildren(words.cloneNode(true));
  connection.dataset.told = name;
  connection.className = "note warning";
  connection.hidden = false;
};
const leadsToSignIn = (answer) => new URL(answer.responseURL || location.href).pathname.startsWith("/accounts/");
document.addEventListener("htmx:beforeSwap", (event) => {
  const answer = event.detail.xhr, wanted = event.detail.requestConfig?.elt?.getAttribute("hx-select");
  if (event.detail.isError) {
    event.detail.isError = false; // told here; htmx would only write it to the console
    tell(FAILURES[answer.status] ?? "failed");
  }
  if (!event.detail.shouldSwap) return;
  const fits = !wanted || new DOMParser().parseFromString(answer.responseText, "text/html").querySelector(wanted);
  if (fits && !leadsToSignIn(answer)) return;
  event.detail.shouldSwap = false;
  tell(leadsToSignIn(answer) ? "ended" : "failed");
}, true);
document.addEventListener("htmx:sendError", () => tell(navigator.onLine ? "away" : "offline"));
document.addEventListener("htmx:timeout", () => tell("away"));
document.addEventListener("htmx:afterRequest", (event) => {
  const answer = event.detail.xhr;
  if (!connection || !answer.status || answer.status >= 400 || leadsToSignIn(answer)) return;
  connection.hidden = true;
  delete connection.dataset.told;
});
