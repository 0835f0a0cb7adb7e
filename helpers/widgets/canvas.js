// The browser's half of canvas.py: takes the pen's movements, draws the ink at once, tells Python of each edit.
//
// Python's drawing is in the model ("strokes", "widths"). An edit is drawn here before Python knows of it; it
// waits in `pending` until Python says "applied: [page, number]". What one sees is Python's drawing with the
// pending edits on top, so nothing is lost or flickers while the kernel is busy or far away.

const CLOSEST = 1; // Canvas pixels: points nearer to the last one are left out.
const MOST_POINTS = 5000; // Of one stroke; then the pen lifts by itself. Python takes 20000 in all.
const PATIENCE = 6000; // Milliseconds after which the page says that Python has not answered.
const MOST_UNDONE = 100;

const HELP =
  "Draw with mouse, finger or pen. With the keyboard: arrow keys move the pen (with Shift by less), " +
  "Space puts it down and lifts it, Escape drops the stroke, 0 to 9 write a sample digit, " +
  "U undoes, C clears, E switches the eraser, plus and minus change the pen's width.";

// One drawing for all views of a model in this page.
class Drawing {
  constructor(model) {
    this.model = model;
    this.page = Math.random().toString(36).slice(2);
    this.number = 0;
    this.pending = [];
    this.history = []; // Drawings before each edit made in this page.
    this.views = new Set();
    this.applied = String(model.get("applied"));
    this.onChange = () => this.follow();
    for (const name of ["strokes", "widths", "applied"]) model.on(`change:${name}`, this.onChange);
  }

  // All of the drawing: a list of {points, width}.
  get strokes() {
    const widths = this.model.get("widths");
    let all = this.model.get("strokes").map((points, i) => ({ points, width: widths[i] ?? this.penWidth }));
    for (const edit of this.pending) all = edit.result(all);
    return all;
  }

  get penWidth() {
    return this.model.get("pen_width");
  }

  add(points, width) {
    this.edit({ kind: "add", points, width }, (all) => [...all, { points, width }]);
  }

  replace(strokes) {
    const message = { kind: "set", strokes: strokes.map((s) => s.points), widths: strokes.map((s) => s.width) };
    this.edit(message, () => strokes);
  }

  undo() {
    // After a reload the page remembers no history: then the last stroke goes.
    const before = this.history.pop() ?? this.strokes.slice(0, -1);
    this.replace(before);
    this.history.pop(); // The undoing itself is not to be undone.
  }

  edit(message, result) {
    this.history.push(this.strokes);
    if (this.history.length > MOST_UNDONE) this.history.shift();
    this.number += 1;
    const edit = { number: this.number, result };
    this.pending.push(edit);
    try {
      this.model.send({ ...message, page: this.page, number: this.number });
    } catch {
      // The kernel was restarted: one can still draw, and is told below that nobody answers.
    }
    this.show();
    this.resetLater();
    setTimeout(() => {
      if (!this.pending.includes(edit)) return;
      this.late = true;
      this.say("Python has not answered yet: it is busy, or needs this cell run again.");
    }, PATIENCE);
  }

  // A public display forgets what was left on it.
  resetLater() {
    clearTimeout(this.reset);
    const seconds = this.model.get("reset_after");
    if (!seconds) return;
    this.reset = setTimeout(() => {
      if ([...this.views].some((view) => view.pen)) return this.resetLater();
      if (this.strokes.length) this.replace([]);
      this.history = [];
    }, 1000 * seconds);
  }

  follow() {
    const applied = this.model.get("applied");
    const [page, number] = applied;
    if (page === this.page) this.pending = this.pending.filter((edit) => edit.number > number);
    // Changed from outside of this page: what could be undone here is no more. "applied" comes with strokes and
    // widths in one message but is told of after them, so the last one is kept until all three have been.
    if (page !== this.page || String(applied) === this.applied) this.history = [];
    clearTimeout(this.settled);
    this.settled = setTimeout(() => (this.applied = String(applied)));
    if (this.late && !this.pending.length) {
      this.late = false;
      this.say("Python has answered.");
    }
    this.show();
  }

  show() {
    for (const view of this.views) view.changed();
  }

  say(text) {
    for (const view of this.views) view.say(text);
  }

  destroy() {
    clearTimeout(this.reset);
    for (const name of ["strokes", "widths", "applied"]) this.model.off(`change:${name}`, this.onChange);
  }
}

class View {
  constructor(drawing, model, el) {
    this.drawing = drawing;
    this.model = model;
    this.width = model.get("width");
    this.height = model.get("height");
    this.erasing = false;
    this.pen = null; // The stroke being drawn: {points, widths, pointer}; pointer is null for the keyboard.
    this.cross = [this.width / 2, this.height / 2]; // Where the keyboard's pen is.
    this.keyed = false; // Whether the keyboard was used last: then the cross and the ring are shown.
    this.held = new Set(); // Arrow keys held down: two of them move it aslant.
    this.stop = new AbortController(); // Ends all listeners.
    this.build(el);
    this.listen();
    this.drawing.views.add(this);
    this.changed();
  }

  build(el) {
    const id = `course-help-${Math.random().toString(36).slice(2)}`;
    const root = (this.root = make("div", { className: "course-canvas" }));
    root.style.setProperty("--width", `${this.width}px`);
    root.style.setProperty("--shape", `${this.width} / ${this.height}`);
    this.bar = make("div", { className: "bar", role: "toolbar", "aria-label": "Drawing tools" });
    this.undoButton = make("button", { textContent: "Undo", title: "Take the last change back (U)" });
    this.clearButton = make("button", { textContent: "Clear", title: "Take all strokes away (C)" });
    this.eraseButton = make("button", { textContent: "Eraser", title: "Take away whole strokes (E)" });
    this.widthSlider = make("input", { type: "range", min: 2, max: 60, step: 1, title: "Width of the pen (+ and -)" });
    this.sampleChoice = make("select", { title: "Write a sample digit (keys 0 to 9)", "aria-label": "Sample digit" });
    const widthLabel = make("label", {}, "Pen", this.widthSlider);
    this.sampleChoice.append(new Option("Sample", ""), ...this.model.get("samples").map((_, i) => new Option(i, i)));
    this.bar.append(this.undoButton, this.clearButton, this.eraseButton, widthLabel, this.sampleChoice);

    this.canvas = make("canvas", { tabIndex: 0, role: "application", "aria-describedby": id });
    this.hint = make("div", { className: "hint", "aria-hidden": "true" });
    this.frame = make("div", { className: "frame" }, this.canvas, this.hint);
    this.status = make("div", { className: "status", role: "status" });
    // Read out with the canvas, not seen: the summary of the keys below is for eyes.
    const help = make("div", { className: "unseen", id, textContent: HELP });
    const keys = make("details", {}, make("summary", { textContent: "Keyboard" }), make("div", { textContent: HELP }));
    this.foot = make("div", { className: "foot" }, this.status, keys);
    // The still picture beside the widget is for pages without a kernel.
    const hideStill = make("style", { textContent: `.${this.model.get("still")} { display: none }` });
    root.append(hideStill, this.bar, this.frame, this.foot, help);
    el.append(root);
    this.context = this.canvas.getContext("2d");
  }

  listen() {
    const on = (target, names, action, options = {}) => {
      const all = { signal: this.stop.signal, ...options };
      for (const name of names.split(" ")) target.addEventListener(name, action, all);
    };
    on(this.undoButton, "click", () => this.undo());
    on(this.clearButton, "click", () => this.clear());
    on(this.eraseButton, "click", () => this.erase(!this.erasing));
    on(this.sampleChoice, "change", () => {
      if (this.sampleChoice.value) this.stamp(Number(this.sampleChoice.value));
      this.sampleChoice.value = "";
    });
    on(this.widthSlider, "input", () => this.setWidth(Number(this.widthSlider.value)));

    on(this.canvas, "pointerdown", (event) => this.down(event));
    on(this.canvas, "pointermove", (event) => this.move(event));
    on(this.canvas, "pointerup pointercancel lostpointercapture", (event) => this.up(event));
    // Some tablets scroll or write text with a pen in spite of `touch-action: none`.
    on(this.canvas, "touchstart touchmove", (event) => event.preventDefault(), { passive: false });
    on(this.canvas, "contextmenu", (event) => this.pen && event.preventDefault());
    // JupyterLab's shortcuts would take our keys ("1" makes a heading of the cell); Ctrl+S and the like are its own.
    on(window, "keydown", (event) => this.shield(event), { capture: true });
    on(this.root, "keydown", (event) => this.key(event));
    on(this.canvas, "keyup", (event) => this.held.delete(event.key));
    on(this.canvas, "focus blur", () => {
      this.held.clear();
      this.setKeyed(!this.pen && this.canvas.matches(":focus-visible"));
    });

    const names = { pen_width: "showTraits", label: "showTraits", hint: "changed" };
    this.onTrait = {};
    for (const [name, action] of Object.entries(names)) {
      this.onTrait[`change:${name}`] = () => this[action]();
      this.model.on(`change:${name}`, this.onTrait[`change:${name}`]);
    }
    this.showTraits();

    // Ink and paper are the theme's: drawn anew when it changes, as when the size or the zoom changes.
    this.themes = new MutationObserver(() => this.draw());
    for (const node of [document.documentElement, document.body]) this.themes.observe(node, { attributes: true });
    on(matchMedia("(prefers-color-scheme: dark)"), "change", () => this.draw());
    this.sizes = new ResizeObserver(() => this.draw());
    this.sizes.observe(this.canvas);
    on(window, "resize", () => this.draw());
  }

  remove() {
    this.stop.abort();
    this.themes.disconnect();
    this.sizes.disconnect();
    for (const [name, action] of Object.entries(this.onTrait)) this.model.off(name, action);
    this.drawing.views.delete(this);
  }

  // Mouse, finger, pen

  down(event) {
    if (this.pen || (event.pointerType === "mouse" && event.button !== 0)) return;
    event.preventDefault();
    this.setKeyed(false);
    try {
      this.canvas.setPointerCapture(event.pointerId); // Lifting outside of the canvas is heard of, too.
    } catch {
      // The pointer is gone already, or made by a program.
    }
    // 32 is the other end of some pens.
    this.pen = { points: [], widths: [], pointer: event.pointerId, erases: this.erasing || (event.buttons & 32) !== 0 };
    this.pen.pressed = event.pointerType === "pen" && event.pressure > 0;
    this.canvas.focus({ preventScroll: true });
    this.take(event);
  }

  move(event) {
    if (!this.pen || this.pen.pointer !== event.pointerId) return;
    // A browser bundles movements until it draws the next frame; a quick pen needs every one of them.
    const all = event.getCoalescedEvents?.() ?? [];
    for (const each of all.length ? all : [event]) this.take(each);
  }

  up(event) {
    if (!this.pen || this.pen.pointer !== event.pointerId) return;
    this.lift();
  }

  take(event) {
    if (!this.pen) return;
    const box = this.canvas.getBoundingClientRect();
    const x = ((event.clientX - box.left) * this.width) / box.width;
    const y = ((event.clientY - box.top) * this.height) / box.height;
    if (this.pen.erases) this.eraseAt(x, y);
    else this.extend(x, y, this.pen.pressed ? 0.4 + 1.2 * event.pressure : 1);
  }

  extend(x, y, pressure = 1) {
    const { points, widths } = this.pen;
    const point = [within(x, this.width), within(y, this.height)];
    const last = points.at(-1);
    if (last && Math.hypot(point[0] - last[0], point[1] - last[1]) < CLOSEST) return;
    points.push(point);
    widths.push(Math.max(0.5, tenth(this.drawing.penWidth * pressure)));
    if (points.length >= MOST_POINTS) this.lift();
    else this.draw();
  }

  lift() {
    const { points, widths, pressed, erases } = this.pen;
    this.pen = null;
    if (!erases && points.length) this.drawing.add(points, pressed ? widths : widths[0]);
    this.draw();
  }

  eraseAt(x, y) {
    const all = this.drawing.strokes;
    const left = all.filter((stroke) => distance(stroke.points, x, y) > Math.max(8, thickness(stroke, 0) / 2));
    if (left.length < all.length) this.drawing.replace(left);
  }

  // Keyboard

  shield(event) {
    if (!this.root.contains(event.target)) return;
    const theirs = (event.ctrlKey || event.metaKey) && event.key.toLowerCase() !== "z";
    const run = event.key === "Enter" && event.shiftKey;
    this.root.toggleAttribute("data-lm-suppress-shortcuts", !theirs && !run);
  }

  key(event) {
    const key = event.key.length === 1 ? event.key.toLowerCase() : event.key;
    const command = event.ctrlKey || event.metaKey;
    const here = event.target === this.canvas;
    if (here) this.setKeyed(true);
    // A button has the letters, too; Space, arrows and digits are its own, the slider's or the list's.
    if (event.altKey || (!here && (event.target.tagName !== "BUTTON" || !/^[a-z]$/.test(key)))) return;
    if (command) {
      if (key !== "z") return;
      this.undo();
    } else if (key.startsWith("Arrow")) {
      this.held.add(key);
      this.step(event.shiftKey);
    } else if (key === " ") {
      if (!event.repeat) this.toggle();
    } else if (/^[0-9]$/.test(key)) this.stamp(Number(key));
    else if (key === "u") this.undo();
    else if (["c", "Delete", "Backspace"].includes(key)) this.clear();
    else if (key === "e") this.erase(!this.erasing);
    else if (key === "+" || key === "=") this.setWidth(this.drawing.penWidth + 2);
    else if (key === "-") this.setWidth(this.drawing.penWidth - 2);
    else if (key === "Escape" && this.pen) {
      this.pen = null;
      this.say("Stroke dropped.");
      this.draw();
    } else return;
    event.preventDefault();
    event.stopPropagation();
  }

  step(less) {
    const far = (less ? 0.2 : 1) * Math.max(2, Math.min(this.width, this.height) / 28);
    const [right, down] = [["ArrowRight", "ArrowLeft"], ["ArrowDown", "ArrowUp"]].map(
      ([plus, minus]) => far * (this.held.has(plus) - this.held.has(minus)),
    );
    this.cross = [within(this.cross[0] + right, this.width), within(this.cross[1] + down, this.height)];
    if (this.pen && this.pen.pointer === null) this.extend(...this.cross);
    this.draw();
  }

  toggle() {
    if (this.pen) {
      this.lift();
    } else if (this.erasing) {
      this.eraseAt(...this.cross);
    } else {
      this.pen = { points: [], widths: [], pointer: null };
      this.extend(...this.cross);
      this.say("Pen down.");
    }
  }

  // Tools

  undo() {
    if (!this.drawing.strokes.length && !this.drawing.history.length) return this.say("There is nothing to undo.");
    this.drawing.undo();
    this.say(`Undone. ${count(this.drawing.strokes)}.`);
  }

  clear() {
    this.pen = null;
    this.cross = [this.width / 2, this.height / 2];
    if (this.drawing.strokes.length) this.drawing.replace([]);
    this.say("Cleared.");
  }

  erase(erasing) {
    this.erasing = erasing;
    this.say(erasing ? "Eraser: touch a stroke to take it away." : "Pen.");
    this.showTraits();
  }

  setWidth(width) {
    this.model.set("pen_width", Math.min(60, Math.max(2, width)));
    this.model.save_changes();
  }

  // A wide canvas takes several digits side by side; on another one a sample takes the drawing's place.
  stamp(digit) {
    const size = 0.68 * Math.min(this.width, this.height);
    const wide = this.width >= 1.5 * this.height;
    const before = wide ? this.drawing.strokes : [];
    const right = Math.max(0, ...before.flatMap((stroke) => stroke.points.map((point) => point[0])));
    const sample = this.model.get("samples")[digit];
    const xs = sample.flat().map((point) => (size * point[0]) / 100);
    const [first, last] = [Math.min(...xs), Math.max(...xs)];
    const left = wide ? right + 0.2 * size - first : (this.width - first - last) / 2;
    if (left + last > this.width) return this.say("No room for another digit.");
    const top = (this.height - size) / 2;
    const strokes = sample.map((points) => ({
      points: points.map(([x, y]) => [tenth(left + (size * x) / 100), tenth(top + (size * y) / 100)]),
      width: this.drawing.penWidth,
    }));
    this.drawing.replace([...before, ...strokes]);
    this.say(`Sample digit ${digit} written.`);
  }

  // What one sees

  setKeyed(keyed) {
    this.keyed = keyed;
    this.canvas.classList.toggle("keyed", keyed);
    this.draw();
  }

  say(text) {
    this.status.textContent = text;
  }

  changed() {
    const strokes = this.drawing.strokes;
    this.hint.textContent = strokes.length || this.pen ? "" : this.model.get("hint");
    if (this.counted !== strokes.length) this.say(count(strokes));
    this.counted = strokes.length;
    this.canvas.dataset.strokes = strokes.length;
    this.draw();
  }

  showTraits() {
    this.canvas.setAttribute("aria-label", this.model.get("label"));
    this.widthSlider.value = this.drawing.penWidth;
    this.eraseButton.setAttribute("aria-pressed", this.erasing);
    this.canvas.classList.toggle("erasing", this.erasing);
  }

  // Many movements, one drawing in each of the screen's frames.
  draw() {
    if (this.pen) this.hint.textContent = "";
    this.frameAsked ??= requestAnimationFrame(() => {
      this.frameAsked = null;
      this.drawNow();
    });
  }

  drawNow() {
    const { canvas, context } = this;
    const box = canvas.getBoundingClientRect();
    const sharp = window.devicePixelRatio || 1;
    const size = [Math.round(box.width * sharp), Math.round(box.height * sharp)];
    if (!size[0] || !size[1]) return; // Hidden, in a tab behind.
    if (canvas.width !== size[0] || canvas.height !== size[1]) [canvas.width, canvas.height] = size;
    const scale = size[0] / this.width;
    context.setTransform(scale, 0, 0, scale, 0, 0);
    context.clearRect(0, 0, this.width, this.height);
    const ink = getComputedStyle(canvas).color;
    for (const stroke of this.drawing.strokes) drawStroke(context, stroke, ink);
    if (this.pen && !this.pen.erases) {
      const { points, widths, pressed } = this.pen;
      drawStroke(context, { points, width: pressed ? widths : widths[0] }, ink);
    }
    if (this.keyed) this.drawCross();
  }

  drawCross() {
    const { context } = this;
    const [x, y] = this.cross;
    const arm = Math.max(10, this.drawing.penWidth);
    // Light under dark: seen on ink and on paper.
    for (const [colour, width] of [["white", 4], [this.pen ? "#D55E00" : "#0072B2", 2]]) {
      context.strokeStyle = colour;
      context.lineWidth = width;
      context.beginPath();
      context.moveTo(x - arm, y);
      context.lineTo(x + arm, y);
      context.moveTo(x, y - arm);
      context.lineTo(x, y + arm);
      context.stroke();
    }
  }
}

function drawStroke(context, stroke, ink) {
  const { points, width } = stroke;
  context.strokeStyle = context.fillStyle = ink;
  context.lineCap = context.lineJoin = "round";
  if (!points.length) return;
  if (points.length === 1) {
    context.beginPath();
    context.arc(...points[0], thickness(stroke, 0) / 2, 0, 2 * Math.PI);
    context.fill();
  } else if (Array.isArray(width)) {
    // A pen with pressure: each piece has its own width.
    for (let i = 1; i < points.length; i++) {
      context.lineWidth = (thickness(stroke, i - 1) + thickness(stroke, i)) / 2;
      context.beginPath();
      context.moveTo(...points[i - 1]);
      context.lineTo(...points[i]);
      context.stroke();
    }
  } else {
    context.lineWidth = width;
    context.beginPath();
    for (const point of points) context.lineTo(...point);
    context.stroke();
  }
}

function thickness(stroke, i) {
  return Array.isArray(stroke.width) ? stroke.width[i] ?? stroke.width[0] : stroke.width;
}

// From a place to the nearest point of a stroke's line.
function distance(points, x, y) {
  let least = Infinity;
  points.forEach(([px, py], i) => {
    const [qx, qy] = points[Math.max(0, i - 1)];
    const [dx, dy] = [px - qx, py - qy];
    const along = dx || dy ? Math.min(1, Math.max(0, ((x - qx) * dx + (y - qy) * dy) / (dx * dx + dy * dy))) : 0;
    least = Math.min(least, Math.hypot(x - qx - along * dx, y - qy - along * dy));
  });
  return least;
}

function count(strokes) {
  if (!strokes.length) return "Empty";
  return strokes.length === 1 ? "1 stroke" : `${strokes.length} strokes`;
}

function within(value, end) {
  return tenth(Math.min(end, Math.max(0, value)));
}

function tenth(value) {
  return Math.round(value * 10) / 10;
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

// Called once for each model: its views share one drawing.
export default () => {
  let drawing;
  return {
    initialize({ model }) {
      drawing = new Drawing(model);
      return () => drawing.destroy();
    },
    render({ model, el }) {
      const view = new View(drawing, model, el);
      return () => view.remove();
    },
  };
};
