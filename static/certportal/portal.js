// Copy buttons beside what is to be published; without this script the text can be selected.
document.addEventListener("click", (event) => {
  const field = event.target.closest("dd code");
  if (field) navigator.clipboard?.writeText(field.textContent);
});
