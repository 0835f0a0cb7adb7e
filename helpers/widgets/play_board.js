// The page of play_board.py: it draws the trait `shown` and sends what is asked for; the game stands in Python.

const HELP =
  "Arrow keys move a cursor on the board, Enter or Space plays there. P passes, U takes back, H asks for a hint.";
const LATE = "Python has not answered yet: it is busy, or needs this cell run again.";
const PATIENCE = 4_000; // Milliseconds until the page says so.
const PAUSE = 900; // Between the moves of a game that is watched.
const ARROWS = { ArrowLeft: [0, -1], ArrowRight: [0, 1], ArrowUp: [-1, 0], ArrowDown: [1, 0] };
const LETTERS = { p: "pass", u: "back", h: "hint" };
const BUTTONS = { pass: "Pass", back: "Take back", hint: "Hint", resign: "Resign", new: "New game", watch: "" };
const STONES = ["black", "white"];

class PlayBoard {
  constructor(model, el) {
    this.model = model;
    this.stop = new AbortController(); // Ends all listeners.
    this.root = document.createElement("div");
    this.root.className = "course-play";
    const id = `course-help-${Math.random().toString(36).slice(2)}`;
    this.root.innerHTML = `<style>.${model.get("still")} { display: none }</style>
      <svg tabindex="0" role="application" aria-describedby="${id}"></svg>
      <div class="side">
        <div class="words" role="status"></div>
        <div class="meter" role="meter" aria-label="Black wins" aria-valuemin="0" aria-valuemax="100"><span></span></div>
        <div class="row">${Object.entries(BUTTONS).map(([name, text]) => `<button data-ask="${name}">${text}</button>`).join("")}</div>
        <div class="row"><label>Game <select data-wish="game"></select></label>
          <label>You are <select data-wish="you"><option value="0">Black, first</option><option value="1">White</option></select></label></div>
        <label>Strength <input type="range" min="0"><span class="many"></span></label>
        <div class="row">${["shares", "line", "chance"].map((name) => `<label><input type="checkbox" checked>${name}</label>`).join("")}</div>
        <div class="unseen" id="${id}">${HELP}</div><div class="unseen spot" role="status"></div>
      </div>`;
    el.append(this.root);
    const find = (what) => this.root.querySelector(what);
    [this.svg, this.words, this.meter] = [find("svg"), find(".words"), find(".meter")];
    [this.strength, this.many, this.spot] = [find("input"), find(".many"), find(".spot")];
    this.boxes = [...this.root.querySelectorAll("[type=checkbox]")];
    this.listen();
    this.show();
  }

  get shown() {
    return this.model.get("shown");
  }

  listen() {
    const on = (target, name, action, options = {}) =>
      target.addEventListener(name, action, { signal: this.stop.signal, ...options });
    on(this.svg, "click", (event) => this.point(event));
    for (const button of this.root.querySelectorAll("button")) {
      button.type = "button";
      on(button, "click", () => this.ask(button.dataset.ask));
    }
    for (const list of this.root.querySelectorAll("select")) {
      const value = () => (list.dataset.wish === "you" ? Number(list.value) : list.value);
      on(list, "change", () => this.ask("new", { [list.dataset.wish]: value() }));
    }
    on(this.strength, "input", () => this.showStrength());
    on(this.strength, "change", () => this.ask("strength", this.shown.strengths[this.strength.value]));
    for (const box of this.boxes) on(box, "change", () => this.draw());
    on(this.root, "keydown", (event) => this.key(event));
    // Keys are ours only while something of the game has the focus; JupyterLab's shortcuts would take them.
    on(window, "keydown", (event) => {
      const theirs = event.ctrlKey || event.metaKey || event.altKey || (event.key === "Enter" && event.shiftKey);
      if (this.root.contains(event.target)) this.root.toggleAttribute("data-lm-suppress-shortcuts", !theirs);
    }, { capture: true });
    this.onShown = () => this.show();
    this.model.on("change:shown", this.onShown);
  }

  remove() {
    this.stop.abort();
    this.model.off("change:shown", this.onShown);
    for (const timer of [this.patience, this.next]) clearTimeout(timer);
  }

  // What one asks for

  key(event) {
    const { target, key } = event;
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (["SELECT", "INPUT"].includes(target.tagName)) return event.stopPropagation(); // JupyterLab takes arrows.
    const { rows, columns } = this.shown;
    if (key in ARROWS) {
      this.row = (this.row + ARROWS[key][0] + rows) % rows;
      this.column = (this.column + ARROWS[key][1] + columns) % columns;
      this.svg.focus();
      this.showCursor();
    } else if (key.toLowerCase() in LETTERS) this.ask(LETTERS[key.toLowerCase()]);
    else if (target === this.svg && [" ", "Enter"].includes(key) && !event.shiftKey) this.ask("play");
    else return;
    event.preventDefault();
    event.stopPropagation();
  }

  point(event) {
    const { left, top, width } = this.svg.getBoundingClientRect();
    const { kind, rows, columns } = this.shown;
    const [margin, side] = kind === "drop" ? [0, width / columns] : [0.4, width / (columns + 0.4)];
    const [row, column] = [(event.clientY - top) / side, (event.clientX - left) / side - margin].map(Math.floor);
    if (row >= rows || column < 0 || column >= columns) return;
    [this.row, this.column] = [Math.max(row, 0), column];
    this.showCursor();
    this.ask("play");
  }

  ask(what, value = null) {
    const { kind, rows, columns, thinking } = this.shown;
    // A tap in a hurry is not kept for a board that its hand has not seen.
    if ((thinking || this.waiting) && ["play", "pass", "hint"].includes(what)) return;
    if (what === "pass") {
      if (kind === "points") this.send("play", rows * columns);
    } else if (what === "play") this.send(what, this.column + (kind === "points") * this.row * columns);
    else this.send(what, value);
  }

  send(what, value) {
    try {
      this.model.send({ do: what, value });
    } catch {
      // The kernel was restarted: the page says soon that nobody answers.
    }
    this.wait(true);
  }

  wait(waiting) {
    clearTimeout(this.patience);
    this.waiting = waiting;
    this.patience = setTimeout(() => {
      if (!waiting) return;
      this.words.textContent = LATE;
      this.waiting = false;
    }, PATIENCE);
  }

  // What one sees

  show() {
    const { game, games, kind, you, strengths, simulations, words, moves, count, over, thinking, watching } = this.shown;
    this.wait(thinking);
    clearTimeout(this.next);
    if (watching && !thinking) this.next = setTimeout(() => this.root.isConnected && this.send("step", moves), PAUSE);
    const [gameList, youList] = this.root.querySelectorAll("select");
    if (this.game !== game) {
      this.game = game;
      gameList.replaceChildren(...games.map((name) => new Option(name)));
      [this.row, this.column] = [Math.floor(this.shown.rows / 2), Math.floor(this.shown.columns / 2)];
    }
    [gameList.value, youList.value] = [game, you];
    this.strength.max = strengths.length - 1;
    this.strength.value = strengths.indexOf(simulations);
    this.showStrength();
    this.root.querySelector("[data-ask=pass]").hidden = kind === "drop";
    this.root.querySelector("[data-ask=watch]").textContent = watching ? "❚❚ Pause" : "▶ Let it play";
    this.words.textContent = words; // Written anew, it is read out anew.
    Object.assign(this.root.dataset, { count, moves, over: Boolean(over), thinking, watching });
    this.draw();
  }

  showStrength() {
    const many = this.shown.strengths[this.strength.value];
    this.many.textContent = many ? `${many} simulations` : "network alone";
    this.strength.setAttribute("aria-valuetext", this.many.textContent);
  }

  // A place of the board is a square of side 1, around it stand letters and numbers.
  draw() {
    const { game, kind, rows, columns, stones, last, shares, line, chance } = this.shown;
    const [seesShares, seesLine, seesChance] = this.boxes.map((box) => box.checked);
    const margin = kind === "drop" ? 0 : 0.4;
    const round = (name, cell, r) =>
      `<circle class="${name}" cx="${(cell % columns) + 0.5}" cy="${Math.floor(cell / columns) + 0.5}" r="${r}"/>`;
    const write = (name, x, y, words) => `<text class="${name}" x="${x}" y="${y}">${words}</text>`;
    let drawn = `<rect class="wood" x="${-margin}" width="${columns + margin}" height="${rows + 0.4}"/>`;
    for (let row = 0; row < rows && kind === "points"; row++) {
      drawn += `<path class="line" d="M.5 ${row + 0.5}H${columns - 0.5}"/>` + write("", -0.12, row + 0.5, rows - row);
    }
    for (let column = 0; column < columns; column++) {
      if (kind === "points") drawn += `<path class="line" d="M${column + 0.5} .5V${rows - 0.5}"/>`;
      drawn += write("", column + 0.5, rows + 0.14, letter(column));
    }
    stones.forEach((stone, cell) => {
      if (stone || kind === "drop") drawn += round(["hole", ...STONES][stone], cell, 0.43);
    });
    if (last !== null) drawn += round("last", last, 0.35);
    const ghosts = new Map();
    line.forEach(([cell, player], i) => {
      if (!seesLine || cell === null || stones[cell] || ghosts.has(cell)) return;
      ghosts.set(cell, player);
      drawn += round(`ghost ${STONES[player]}`, cell, 0.4);
      drawn += write(`number on-${STONES[player]}`, (cell % columns) + 0.5, Math.floor(cell / columns) + 0.42, i + 1);
    });
    let passing = "Pass";
    for (const [cell, share] of seesShares ? shares : []) {
      const player = ghosts.get(cell) ?? stones[cell] - 1; // NaN for a pass, -1 on free places.
      if (cell === null) passing = `Pass ${percent(share)}`;
      else {
        if (player < 0) drawn += round("share", cell, 0.3 + 0.13 * share);
        const y = Math.floor(cell / columns) + (ghosts.has(cell) ? 0.72 : 0.5);
        drawn += write(player < 0 ? "" : `on-${STONES[player]}`, (cell % columns) + 0.5, y, percent(share));
      }
    }
    this.svg.setAttribute("viewBox", `${-margin} 0 ${columns + margin} ${rows + 0.4}`);
    this.svg.setAttribute("aria-label", `Board of ${game}`);
    this.svg.innerHTML = `${drawn}<rect class="cursor" width="0.94" rx="0.1"/>`;
    this.root.querySelector("[data-ask=pass]").textContent = passing;
    this.meter.hidden = !seesChance;
    this.meter.style.setProperty("--share", percent(chance ?? 0.5));
    this.meter.setAttribute("aria-valuenow", Math.round(100 * (chance ?? 0.5)));
    this.meter.firstChild.textContent = `Black wins: ${chance === null ? "?" : percent(chance)}`;
    this.showCursor(false);
  }

  showCursor(aloud = true) {
    const { kind, rows, columns, stones } = this.shown;
    const [y, height] = kind === "drop" ? [0, rows] : [this.row, 1];
    const place = { x: this.column + 0.03, y: y + 0.03, height: height - 0.06 };
    for (const [name, value] of Object.entries(place)) this.svg.lastChild.setAttribute(name, value);
    const free = stones.filter((stone, cell) => !stone && cell % columns === this.column).length;
    const stone = ["empty", ...STONES][stones[this.row * columns + this.column]];
    const says = kind === "drop" ? `column ${letter(this.column)}: ${free} free` : `${letter(this.column)}${rows - this.row}: ${stone}`;
    if (aloud) this.spot.textContent = says;
  }
}

const letter = (column) => String.fromCharCode(65 + column);
const percent = (share) => `${Math.round(100 * share)}%`;

export default {
  render({ model, el }) {
    const board = new PlayBoard(model, el);
    return () => board.remove();
  },
};
