// Enlarges and turns the pages of a letter, by buttons, and by keys while a page has the focus. Without scripts the
// picture is a link.

const STEP = 1.25;
const KEYS = { "+": "larger", "=": "larger", "-": "smaller", r: "turn", 0: "fit", w: "width" };

// The size of the page as it stands, turned or not, when the whole of it fits into its place.
const fitted = (view, state) => {
  const image = view.querySelector("img");
  const ratio = image.getAttribute("height") / image.getAttribute("width");
  const tall = state.turn % 180 === 0 ? ratio : 1 / ratio;
  const width = Math.min(view.clientWidth, view.clientHeight / tall);
  return [width, width * tall];
};

const draw = (view, state) => {
  const image = view.querySelector("img");
  const sheet = image.parentElement;
  const [width, height] = fitted(view, state).map((side) => side * state.zoom);
  const upright = state.turn % 180 === 0;
  const moved = { 0: [0, 0], 90: [width, 0], 180: [width, height], 270: [0, height] }[state.turn];
  image.style.width = `${upright ? width : height}px`;
  image.style.height = `${upright ? height : width}px`;
  image.style.transform = `translate(${moved[0]}px, ${moved[1]}px) rotate(${state.turn}deg)`;
  sheet.style.width = `${width}px`;
  sheet.style.height = `${height}px`;
};

const ACTS = {
  larger: (state) => { state.zoom = Math.min(8, state.zoom * STEP); },
  smaller: (state) => { state.zoom = Math.max(0.4, state.zoom / STEP); },
  turn: (state) => { state.turn = (state.turn + 90) % 360; },
  fit: (state) => { state.zoom = 1; },
  width: (state, view) => { state.zoom = view.clientWidth / fitted(view, state)[0]; },
};

for (const figure of document.querySelectorAll(".letter-page")) {
  const view = figure.querySelector(".letter-view");
  const state = { zoom: 1, turn: 0 };
  const act = (name) => {
    if (!view.classList.contains("handled")) view.style.height = `${view.clientHeight}px`; // what is in it no longer gives it one
    ACTS[name](state, view);
    view.classList.add("handled");
    draw(view, state);
  };
  figure.querySelector(".letter-tools").hidden = false;
  figure.addEventListener("click", (event) => {
    const button = event.target.closest("button[data-do]");
    if (button) act(button.dataset.do);
  });
  view.addEventListener("keydown", (event) => {
    const name = KEYS[event.key.toLowerCase()];
    if (!name || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    event.stopPropagation(); // the desk has keys of its own
    act(name);
  });
  window.addEventListener("resize", () => view.classList.contains("handled") && draw(view, state));
}
