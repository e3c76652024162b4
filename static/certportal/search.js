// The address of a search names only the fields that are filled. Buttons that lead to another page leave this one.
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
