// Sends the selected file: shows the progress and what came of it, and goes on after the session ended. Whatever
// happens, the selected file stays in the page.

const ended = document.getElementById("session-ended");
const SECONDS = 120;
const SIGN_IN = "/accounts/";
const WORDS_OF = {
  403: "notAllowed", 404: "notYours", 413: "tooLargeHere", 429: "tooOften", 500: "ourFault",
  502: "away", 503: "away", 504: "away",
};

const stop = (sentence) => {
  progress.hidden = true;
  form.querySelector("button").disabled = false;
  delete form.dataset.sent;
  problem.textContent = sentence;
  field.focus();
};

const askToSignIn = () => {
  stop("");
  ended.className = "note warning";
  ended.hidden = false;
  ended.querySelector("a").focus();
};

const parsed = (text) => new DOMParser().parseFromString(text, "text/html");

// What the portal itself says; a proxy before it knows nothing of our pages.
const sentenceOf = (sending) => {
  const page = parsed(sending.responseText);
  const said = (page.getElementById("problem") ?? page.querySelector(".note.error"))?.textContent.trim();
  const isOurs = ![401, 403, 413].includes(sending.status) && said;
  return isOurs ? said.replace(/\s+/g, " ") : words[WORDS_OF[sending.status]] ?? words.broken;
};

const isSignedOut = (status, address) => status === 401 || new URL(address, location).pathname.startsWith(SIGN_IN);

// The page as it is now has the present token; the form here may have one from before the last sign-in.
const renewed = async () => {
  const answer = await fetch(location.pathname, { headers: { "X-Requested-With": "XMLHttpRequest" }, cache: "no-store" });
  if (isSignedOut(answer.status, answer.url)) return "ended";
  if (!answer.ok) return WORDS_OF[answer.status] ?? "broken";
  const token = parsed(await answer.text()).querySelector("#upload input[name=csrfmiddlewaretoken]");
  if (!token) return location.reload(); // the file is not wanted any more, and the page says why
  form.querySelector("input[name=csrfmiddlewaretoken]").value = token.value;
  return "";
};

const goOn = async () => {
  if (ended.hidden) return;
  const why = await renewed().catch(() => (navigator.onLine ? "away" : "offline"));
  if (ended.hidden || why === undefined) return;
  if (why === "ended") return ended.querySelector("a").focus();
  ended.hidden = true;
  if (why) stop(words[why]);
  else send();
};

const sendAgain = async () => {
  const why = await renewed().catch(() => "away");
  if (why === "ended") askToSignIn();
  else if (why) stop(words[why]);
  else if (why === "") send(false);
};

const finished = (sending, mayTryAgain) => {
  const next = sending.status === 201 && sending.getResponseHeader("Location");
  if (next) return location.assign(next);
  if (isSignedOut(sending.status, sending.responseURL)) return askToSignIn();
  if (sending.getResponseHeader("X-Refused") !== "form-outdated") return stop(sentenceOf(sending));
  return mayTryAgain ? sendAgain() : stop(words.outdated);
};

const send = (mayTryAgain = true) => {
  form.querySelector("button").disabled = true;
  problem.textContent = "";
  ended.hidden = true;
  progress.hidden = false;
  const [bar, said] = [progress.querySelector("progress"), progress.querySelector("span")];
  const sending = new XMLHttpRequest();
  sending.upload.addEventListener("progress", (step) => {
    bar.value = step.lengthComputable ? Math.round((100 * step.loaded) / step.total) : 0;
    said.textContent = words.sending.replace("%percent%", bar.value);
  });
  sending.upload.addEventListener("load", () => {
    bar.removeAttribute("value"); // nobody knows how long
    said.textContent = words.looking;
  });
  sending.addEventListener("load", () => finished(sending, mayTryAgain));
  sending.addEventListener("error", () => stop(navigator.onLine ? words.broken : words.offline));
  sending.addEventListener("timeout", () => stop(words.tooSlow));
  sending.timeout = SECONDS * 1000;
  sending.open("POST", form.action);
  sending.setRequestHeader("X-Requested-With", "XMLHttpRequest");
  sending.setRequestHeader("X-CSRFToken", form.querySelector("input[name=csrfmiddlewaretoken]").value);
  sending.send(new FormData(form));
};

form?.addEventListener("submit", (event) => {
  event.preventDefault();
  if (!form.querySelector("button").disabled) send();
});

if (form) {
  if ("BroadcastChannel" in window) new BroadcastChannel("certportal").addEventListener("message", goOn);
  window.addEventListener("focus", goOn); // also where tabs cannot talk to each other
  ended.querySelector("button").addEventListener("click", goOn);
  window.addEventListener("pageshow", (event) => {
    if (event.persisted) stop(""); // back from the next page
  });
}
