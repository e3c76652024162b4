// Pages of a letter, enlarged and turned: buttons, and keys while a page has the focus. Without it the picture is a link.

const STEP = 1.25;
const KEYS = { "+": "larger", "=": "larger", "-": "smaller", r: "turn", 0: "fit" };

const draw = (view, state) => {
  const image = view.querySelector("img");
  const sheet = image.parentElement;
  const ratio = image.getAttribute("height") / image.getAttribute("width");
  const seen = view.clientWidth * state.zoom;
  const upright = state.turn % 180 === 0;
  const [width, height] = upright ? [seen, seen * ratio] : [seen / ratio, seen];
  const moved = { 0: [0, 0], 90: [height, 0], 180: [width, height], 270: [0, width] }[state.turn];
  image.style.width = `${width}px`;
  image.style.height = `${height}px`;
  image.style.transform = `translate(${moved[0]}px, ${moved[1]}px) rotate(${state.turn}deg)`;
  sheet.style.width = `${seen}px`;
  sheet.style.height = `${upright ? height : width}px`;
};

const ACTS = {
  larger: (state) => { state.zoom = Math.min(6, state.zoom * STEP); },
  smaller: (state) => { state.zoom = Math.max(0.4, state.zoom / STEP); },
  turn: (state) => { state.turn = (state.turn + 90) % 360; },
  fit: (state) => { state.zoom = 1; },
};

for (const figure of document.querySelectorAll(".letter-page")) {
  const view = figure.querySelector(".letter-view");
  const state = { zoom: 1, turn: 0 };
  const act = (name) => {
    ACTS[name](state);
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
