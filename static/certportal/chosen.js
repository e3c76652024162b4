// My Certificates: select all on the page, and show how many are selected, on this page and on others.
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
  words.closest(".bottom").querySelector(".count").textContent = chosen ? ` (${chosen})` : "";
  words.textContent = chosen ? words.dataset.words.replace("%number%", chosen) : words.dataset.before;
};
document.addEventListener("DOMContentLoaded", showChosen);
document.addEventListener("htmx:afterSettle", showChosen);
document.addEventListener("change", (event) => {
  if (event.target.matches("input.choose-all")) for (const box of boxes()) box.checked = event.target.checked;
  if (event.target.matches("input.choose-all, input[form=chosen]")) showChosen();
});
