// What recognizer.py's network makes of a drawing: the answer, its image, the bars, the feature maps.
//
// Everything of one reading comes in one message. Pictures come as bytes, one for each pixel: 0 paper, 255 ink.

function render({ model, el }) {
  const root = add(el, "div", "course-reading");
  const update = model.get("part") === "maps" ? buildMaps(root, model) : buildAnswer(root, model);
  const show = () => {
    update(getComputedStyle(root).color);
    root.dataset.number = model.get("number"); // Tests wait for it.
  };
  model.on("change:number", show);
  const themes = new MutationObserver(show);
  for (const node of [document.documentElement, document.body]) themes.observe(node, { attributes: true });
  const dark = matchMedia("(prefers-color-scheme: dark)");
  dark.addEventListener("change", show);
  show();
  return () => {
    model.off("change:number", show);
    themes.disconnect();
    dark.removeEventListener("change", show);
  };
}

// The answer in large, in words, what the network sees, and ten bars.
function buildAnswer(root, model) {
  const top = add(root, "div", "top");
  const answer = add(top, "div", "answer");
  const digit = add(answer, "div", "digit");
  digit.setAttribute("aria-hidden", "true"); // The sentence says it.
  const sentence = add(answer, "div", "sentence");
  sentence.setAttribute("role", "status");
  const seen = add(top, "figure", "seen");
  const image = add(seen, "canvas");
  image.setAttribute("role", "img");
  add(seen, "figcaption", "", "What the network sees");
  const rows = Array.from({ length: 10 }, (_, i) => {
    const row = add(root, "div", "row");
    row.setAttribute("role", "meter");
    row.setAttribute("aria-label", `Probability of ${i}`);
    row.setAttribute("aria-valuemin", 0);
    row.setAttribute("aria-valuemax", 100);
    add(row, "span", "name", i);
    const fill = add(add(row, "span", "track"), "span", "fill");
    return { row, fill, percent: add(row, "span", "percent") };
  });
  return (ink) => {
    const probabilities = model.get("probabilities");
    const best = model.get("answer");
    digit.textContent = model.get("large");
    // Written anew, it would be read out anew.
    if (sentence.textContent !== model.get("sentence")) sentence.textContent = model.get("sentence");
    rows.forEach(({ row, fill, percent }, i) => {
      const value = Math.round(100 * (probabilities[i] ?? 0));
      fill.style.width = `${value}%`;
      percent.textContent = probabilities.length ? `${value}%` : "";
      row.setAttribute("aria-valuenow", value);
      row.classList.toggle("best", i === best);
      row.classList.toggle("second", i === model.get("runner_up"));
    });
    image.setAttribute("aria-label", model.get("image_alt"));
    paintTiles(image, bytes(model.get("image")), { count: 1, height: 28, width: 28, columns: 1 }, ink);
  };
}

// The feature maps of each layer.
function buildMaps(root, model) {
  const maps = add(root, "div", "maps");
  return (ink) => {
    const layers = model.get("layers");
    while (maps.children.length > layers.length) maps.lastChild.remove();
    const values = bytes(model.get("maps"));
    let start = 0;
    layers.forEach((layer, i) => {
      let figure = maps.children[i];
      if (!figure) {
        figure = add(maps, "figure");
        add(figure, "figcaption");
        const canvas = add(figure, "canvas");
        canvas.setAttribute("role", "img");
        if (model.get("clickable")) {
          canvas.style.cursor = "pointer";
          canvas.addEventListener("click", (event) => clickMap(model, canvas, i, event));
        }
      }
      const [title, canvas] = figure.children;
      title.textContent = layer.title;
      canvas.setAttribute("aria-label", layer.title);
      const size = layer.count * layer.height * layer.width;
      paintTiles(canvas, values.subarray(start, start + size), layer, ink);
      start += size;
    });
  };
}

// Tell the kernel which map was clicked.
function clickMap(model, canvas, number, event) {
  const { count, height, width, columns } = model.get("layers")[number];
  const column = Math.floor((event.offsetX * canvas.width) / canvas.clientWidth / (width + 1));
  const row = Math.floor((event.offsetY * canvas.height) / canvas.clientHeight / (height + 1));
  const tile = row * columns + column;
  if (column < columns && tile < count) {
    model.set("clicked", [number, tile, (model.get("clicked")[2] ?? 0) + 1]);
    model.save_changes();
  }
}

const FRAME = 90; // Of 255: darkness of the lines between maps.

// Small pictures side by side, one canvas pixel for each of theirs and a line between them; those off are crossed out.
function paintTiles(canvas, values, { count, height, width, columns, off = [] }, ink) {
  const rows = Math.ceil(count / columns);
  canvas.width = columns * (width + 1) - 1;
  canvas.height = rows * (height + 1) - 1;
  const context = canvas.getContext("2d");
  const image = context.createImageData(canvas.width, canvas.height);
  const set = (row, column, alpha) => (image.data[4 * (row * canvas.width + column) + 3] = alpha);
  for (let row = 0; row < canvas.height; row++) {
    for (let column = 0; column < canvas.width; column++) {
      if (row % (height + 1) === height || column % (width + 1) === width) set(row, column, FRAME);
    }
  }
  for (let i = 0; i < values.length; i++) {
    const tile = Math.floor(i / (height * width));
    const row = Math.floor(tile / columns) * (height + 1) + Math.floor((i % (height * width)) / width);
    const column = (tile % columns) * (width + 1) + (i % width);
    set(row, column, values[i]);
  }
  for (const tile of off) {
    for (let i = 0; i < height; i++) {
      const row = Math.floor(tile / columns) * (height + 1) + i;
      const left = (tile % columns) * (width + 1);
      const across = Math.round((i * (width - 1)) / (height - 1));
      set(row, left + across, 255);
      set(row, left + width - 1 - across, 255);
    }
  }
  context.putImageData(image, 0, 0);
  context.globalCompositeOperation = "source-in"; // The theme's ink where there is some.
  context.fillStyle = ink;
  context.fillRect(0, 0, canvas.width, canvas.height);
}

function bytes(view) {
  return new Uint8Array(view.buffer ?? view, view.byteOffset ?? 0, view.byteLength);
}

function add(parent, name, className = "", text = "") {
  const element = document.createElement(name);
  element.className = className;
  element.textContent = text;
  parent.append(element);
  return element;
}

export default { render };
