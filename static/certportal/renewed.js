// Parts that renew themselves (data-renewed) come only when something changed. What was open stays open. The focus
// stays where it was, or goes to the block that it was in. A part in which text is being selected is left alone. Screen
// readers say what is new.
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
