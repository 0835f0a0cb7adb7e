// The browser's half of pole.py: the learner's rounds are computed and drawn here, the agents' are replayed.
//
// Physics and limits are those of pole.py's `step` and `fallen`; tests compare all of them with gymnasium.

export const MOST_STEPS = 500;
export const FARTHEST = 2.4; // Metres
export const STEEPEST = (12 * Math.PI) / 180;

// The world 0.02 seconds later; push is -1, 0 or 1.
export function step([x, speed, angle, turning], push) {
  const [sine, cosine] = [Math.sin(angle), Math.cos(angle)];
  const pushed = (10 * push + 0.05 * turning ** 2 * sine) / 1.1;
  const turned = (9.8 * sine - cosine * pushed) / (0.5 * (4 / 3 - (0.1 * cosine ** 2) / 1.1));
  const moved = pushed - (0.05 * turned * cosine) / 1.1;
  return [x + 0.02 * speed, speed + 0.02 * moved, angle + 0.02 * turning, turning + 0.02 * turned];
}

export function fallen([x, , angle]) {
  return Math.abs(x) > FARTHEST || Math.abs(angle) > STEEPEST;
}

const SPEEDS = { "30 steps a second": 30, "slow, 15 a second": 15, "true to life, 50 a second": 50 };
const [WIDTH, HEIGHT, METRE] = [600, 230, 118]; // Of the scene, in its own pixels.
const MOST_OWED = 100; // Milliseconds: a page that was hidden does not catch up.
const SIDES = { ArrowLeft: -1, ArrowRight: 1 };
const HELP =
  "Hold the pole upright: the left and right arrow keys, or the two buttons, push the cart. " +
  "Space or Enter begins a round.";

class Game {
  constructor(model, el) {
    this.model = model;
    this.held = []; // What pushes now, the last one pressed at the end: {key, side}.
    this.tapped = 0; // A key that was let go before the next step counts for it.
    this.rounds = 0;
    this.stop = new AbortController(); // Ends all listeners.
    this.build(el);
    this.listen();
    this.ready();
  }

  build(el) {
    const id = `course-help-${Math.random().toString(36).slice(2)}`;
    this.player = make("select", { title: "Who holds the pole" });
    this.player.append(new Option("you", ""), ...this.episodes.map(([name], i) => new Option(name, i)));
    this.speed = make("select", { title: "Steps a second" });
    this.speed.append(...Object.entries(SPEEDS).map(([name, rate]) => new Option(name, rate)));
    this.startButton = make("button", { textContent: "Start", className: "start", title: "Begin a round (Space)" });
    const player = make("label", { hidden: !this.episodes.length }, "Player", this.player);
    const bar = make("div", { className: "bar" }, this.startButton, player, make("label", {}, "Speed", this.speed));
    const names = { tabIndex: 0, role: "application", "aria-label": "Cart with a pole", "aria-describedby": id };
    this.canvas = make("canvas", names);
    this.pads = [-1, 1].map((side) => {
      const pad = make("button", { textContent: side < 0 ? "◀ push left" : "push right ▶", className: "pad" });
      pad.side = side;
      return pad;
    });
    this.count = make("span", { className: "count" });
    this.status = make("span", { role: "status" });
    this.table = make("table", {});
    const hideStill = make("style", { textContent: `.${this.model.get("still")} { display: none }` });
    this.root = make(
      "div", { className: "course-pole" }, hideStill, bar, this.canvas, make("div", { className: "pads" }, ...this.pads),
      make("div", { className: "foot" }, this.count, this.status), this.table,
      make("div", { className: "unseen", id, textContent: HELP }),
    );
    el.append(this.root);
  }

  get episodes() {
    return this.model.get("episodes");
  }

  listen() {
    const on = (target, names, action, options = {}) => {
      const all = { signal: this.stop.signal, ...options };
      for (const name of names.split(" ")) target.addEventListener(name, action, all);
    };
    on(this.startButton, "click", () => this.begin());
    on(this.player, "change", () => (this.player.value ? this.begin() : this.ready()));
    for (const pad of this.pads) {
      on(pad, "pointerdown", (event) => {
        event.preventDefault(); // No focus, no menu, no selection.
        this.press(event.pointerId, pad.side);
      });
      on(pad, "contextmenu", (event) => event.preventDefault());
    }
    // Lifted anywhere, a finger pushes no more.
    on(window, "pointerup pointercancel", (event) => this.release(event.pointerId));
    // Keys are ours only while something of the game has the focus; JupyterLab's shortcuts would take them.
    on(window, "keydown", (event) => this.shield(event), { capture: true });
    on(this.root, "keydown", (event) => this.key(event));
    on(window, "keyup", (event) => this.release(event.key));
    on(this.root, "focusout", (event) => {
      if (!this.root.contains(event.relatedTarget)) this.held = this.held.filter(({ key }) => !(key in SIDES));
    });
    this.onRecord = () => this.showTable();
    this.model.on("change:record", this.onRecord);
    this.themes = new MutationObserver(() => this.draw());
    for (const node of [document.documentElement, document.body]) this.themes.observe(node, { attributes: true });
    on(matchMedia("(prefers-color-scheme: dark)"), "change", () => this.draw());
    this.sizes = new ResizeObserver(() => this.draw());
    this.sizes.observe(this.canvas);
  }

  remove() {
    this.stop.abort();
    cancelAnimationFrame(this.frame);
    this.themes.disconnect();
    this.sizes.disconnect();
    this.model.off("change:record", this.onRecord);
  }

  // Keys and fingers

  shield(event) {
    if (!this.root.contains(event.target)) return;
    const theirs = event.ctrlKey || event.metaKey || event.altKey || (event.key === "Enter" && event.shiftKey);
    this.root.toggleAttribute("data-lm-suppress-shortcuts", !theirs);
  }

  key(event) {
    if (event.ctrlKey || event.metaKey || event.altKey || event.target.tagName === "SELECT") return;
    if (event.key in SIDES) {
      if (!event.repeat) this.press(event.key, SIDES[event.key]);
    } else if (event.target === this.canvas && !event.shiftKey && [" ", "Enter"].includes(event.key)) {
      if (!event.repeat) this.begin();
    } else return;
    event.preventDefault();
    event.stopPropagation();
  }

  press(key, side) {
    this.held = [...this.held.filter((each) => each.key !== key), { key, side }];
    this.tapped = side;
  }

  release(key) {
    this.held = this.held.filter((each) => each.key !== key);
  }

  // A round

  ready() {
    cancelAnimationFrame(this.frame);
    this.show("ready", this.model.get("starts")[0]);
    this.startButton.textContent = "Start";
    this.say("Press Start, then hold the pole with the arrow keys ← and →, or with the buttons.");
    this.showTable();
  }

  begin() {
    const starts = this.model.get("starts");
    this.agent = this.player.value && this.episodes[this.player.value];
    if (!this.agent) this.state = starts[this.rounds++ % starts.length];
    this.steps = this.owed = this.tapped = 0;
    this.at = null;
    this.say(this.agent ? `${this.agent[0]} plays …` : "Hold it …");
    this.startButton.textContent = "Again";
    this.canvas.focus({ preventScroll: true });
    this.show("running", ...this.scene());
    cancelAnimationFrame(this.frame);
    this.frame = requestAnimationFrame((now) => this.run(now));
  }

  // Called in each of the screen's frames; out of the page the game ends.
  run(now) {
    if (!this.root.isConnected) return;
    this.owed += Math.min(now - (this.at ?? now), MOST_OWED) * (this.speed.value / 1000);
    this.at = now;
    for (; this.owed >= 1 && !this.over; this.owed--) this.advance();
    this.show("running", ...this.scene());
    if (this.over) this.end();
    else this.frame = requestAnimationFrame((next) => this.run(next));
  }

  advance() {
    this.steps++;
    if (this.agent) return;
    this.push = this.held.at(-1)?.side ?? this.tapped;
    this.tapped = 0;
    this.state = step(this.state, this.push);
  }

  get over() {
    return this.agent ? this.steps >= this.agent[1].length - 1 : this.steps >= MOST_STEPS || fallen(this.state);
  }

  scene() {
    if (!this.agent) return [this.state, this.steps ? this.push : 0];
    const [x, angle, push] = this.agent[1][this.steps];
    return [[x, 0, angle, 0], push];
  }

  end() {
    const { steps } = this;
    const [[x]] = this.scene();
    const why = Math.abs(x) > FARTHEST ? "off the track" : "the pole fell";
    const record = this.model.get("record");
    const best = !this.agent && steps > record;
    if (!this.agent) {
      this.model.set("last", steps);
      this.model.set("record", Math.max(record, steps));
      try {
        this.model.save_changes();
      } catch {
        // The kernel was restarted: one can still play.
      }
    }
    this.show("over", ...this.scene());
    this.say(`${steps >= MOST_STEPS ? "Held to the end" : `Over: ${why}`}${best ? ". Your record!" : "."}`);
  }

  // What one sees

  say(text) {
    this.status.textContent = text;
  }

  show(stage, state, push = 0) {
    if (stage === "ready") [this.steps, this.agent] = [0, null];
    this.shown = [state, push];
    this.count.textContent = `${this.steps} steps`;
    Object.assign(this.root.dataset, { stage, steps: this.steps, state: JSON.stringify(state), push });
    this.draw();
  }

  showTable() {
    const rows = [["you, your record", this.model.get("record")]];
    for (const [name, frames] of this.episodes) rows.push([name, frames.length - 1]);
    this.table.replaceChildren(
      make("tr", {}, make("th", {}, "player"), make("th", {}, "steps held"), make("th", {})),
      ...rows.map(([name, steps], i) => {
        const fill = make("div", { className: i ? "fill" : "fill yours" });
        fill.style.width = `${(100 * steps) / MOST_STEPS}%`;
        const bar = make("td", { className: "track", "aria-hidden": "true" }, fill);
        return make("tr", {}, make("td", {}, name), make("td", { className: "number" }, String(steps)), bar);
      }),
    );
  }

  draw() {
    const box = this.canvas.getBoundingClientRect();
    const sharp = window.devicePixelRatio || 1;
    const size = [Math.round(box.width * sharp), Math.round((box.width * sharp * HEIGHT) / WIDTH)];
    if (!size[0] || !this.shown) return; // Hidden, in a tab behind.
    if (this.canvas.width !== size[0] || this.canvas.height !== size[1]) [this.canvas.width, this.canvas.height] = size;
    const context = this.canvas.getContext("2d");
    context.setTransform(size[0] / WIDTH, 0, 0, size[0] / WIDTH, 0, 0);
    context.clearRect(0, 0, WIDTH, HEIGHT);
    const [[x, , angle], push] = this.shown;
    const [ground, place, end] = [HEIGHT - 34, WIDTH / 2 + METRE * x, METRE * FARTHEST];
    const ink = getComputedStyle(this.canvas).color;
    const line = (from, to, colour, width, dash = []) => {
      Object.assign(context, { strokeStyle: colour, lineWidth: width, lineCap: dash.length ? "butt" : "round" });
      context.setLineDash(dash);
      context.beginPath();
      context.moveTo(...from);
      context.lineTo(...to);
      context.stroke();
    };
    line([WIDTH / 2 - end, ground + 16], [WIDTH / 2 + end, ground + 16], ink, 1.5);
    for (const side of [-1, 1]) {
      line([WIDTH / 2 + side * end, ground + 2], [WIDTH / 2 + side * end, ground + 30], ink, 3);
      line([place, ground - 10], tip(place, ground - 10, side * STEEPEST, 1.25), ink, 1, [4, 5]);
    }
    context.fillStyle = "#0072b2";
    context.fillRect(place - 34, ground - 14, 68, 30);
    line([place, ground - 10], tip(place, ground - 10, angle, 1), "#e69f00", 10);
    if (!push) return;
    context.fillStyle = "#d55e00"; // An arrow that pushes the cart.
    context.beginPath();
    for (const [dx, dy] of [[38, 0], [56, -11], [56, 11]]) context.lineTo(place - push * dx, ground + 1 + dy);
    context.fill();
  }
}

// Where a line from (x, y) ends that leans by an angle and is so many metres long.
function tip(x, y, angle, metres) {
  return [x + METRE * metres * Math.sin(angle), y - METRE * metres * Math.cos(angle)];
}

// An element with properties (or, where it has no such property, attributes) and children.
function make(name, values, ...children) {
  const element = document.createElement(name);
  for (const [key, value] of Object.entries(values)) {
    if (key in element && key !== "role") element[key] = value;
    else element.setAttribute(key, value);
  }
  if (name === "button") element.type = "button";
  element.append(...children);
  return element;
}

export default {
  render({ model, el }) {
    const game = new Game(model, el);
    return () => game.remove();
  },
};
