// The recognizer of chapter 07 in the page itself: pen strokes to an image as MNIST's, the image to ten
// probabilities. The same arithmetic as helpers/handwriting/strokes.py and the network's layers; a test holds
// both equal. `weights.js`, made by prepare.py, gives RECOGNIZER: the layers and their numbers.
const Recognizer = (() => {
  const SIZE = 28, BOX = 20, MIDDLE = 14, PEN = 2.6, SPECK = 0.04, APART = 0.08;
  const clip = (value, low, high) => Math.min(Math.max(value, low), high);

  function corners(points) {
    const x = points.map((point) => point[0]), y = points.map((point) => point[1]);
    return [Math.min(...x), Math.min(...y), Math.max(...x), Math.max(...y)];
  }
  // Tiny strokes that lie apart from all others are slips of the pen.
  function withoutSpecks(strokes) {
    if (strokes.length < 2) return strokes;
    const boxes = strokes.map(corners), [l, t, r, b] = corners(strokes.flat());
    const longest = Math.max(r - l, b - t);
    const tiny = boxes.map((c) => Math.max(c[2] - c[0], c[3] - c[1]) <= SPECK * longest);
    if (!tiny.includes(true) || !tiny.includes(false)) return strokes;
    const gap = (a, c) => Math.max(a[0] - c[2], a[1] - c[3], c[0] - a[2], c[1] - a[3]);
    return strokes.filter((_, i) => {
      const nearest = Math.min(...boxes.filter((_, j) => j !== i).map((other) => gap(boxes[i], other)));
      return !(tiny[i] && nearest > APART * longest);
    });
  }
  // Ink by the distance of each pixel's centre to the nearest line.
  function ink(strokes) {
    const image = new Float32Array(SIZE * SIZE), reach = PEN / 2 + 0.5;
    for (const stroke of strokes) {
      for (let i = 0; i < Math.max(stroke.length - 1, 1); i++) {
        const [x, y] = stroke[i], [toX, toY] = stroke[Math.min(i + 1, stroke.length - 1)];
        const dx = toX - x, dy = toY - y, squared = Math.max(dx * dx + dy * dy, 1e-12);
        const rows = [Math.min(y, toY) - reach, Math.max(y, toY) + reach].map((v) => clip(Math.round(v), 0, SIZE - 1));
        const columns = [Math.min(x, toX) - reach, Math.max(x, toX) + reach].map((v) => clip(Math.round(v), 0, SIZE - 1));
        for (let row = rows[0]; row <= rows[1]; row++) {
          for (let column = columns[0]; column <= columns[1]; column++) {
            const along = clip(((column - x) * dx + (row - y) * dy) / squared, 0, 1);
            const distance = Math.hypot(column - x - along * dx, row - y - along * dy);
            const place = row * SIZE + column;
            image[place] = Math.max(image[place], clip(PEN / 2 - distance + 0.5, 0, 1));
          }
        }
      }
    }
    return image;
  }
  // Fit into 20 × 20 pixels, then put the centre of mass in the middle.
  function image(strokes) {
    const parts = withoutSpecks(strokes.filter((stroke) => stroke.length));
    if (!parts.length) return new Float32Array(SIZE * SIZE);
    const [l, t, r, b] = corners(parts.flat());
    const longest = Math.max(r - l, b - t), scale = longest > 0 ? (BOX - PEN) / longest : 0;
    const move = (strokes, f) => strokes.map((stroke) => stroke.map(f));
    const fitted = move(parts, ([x, y]) => [(x - (l + r) / 2) * scale + MIDDLE, (y - (t + b) / 2) * scale + MIDDLE]);
    let mass = 0, sumX = 0, sumY = 0;
    ink(fitted).forEach((value, i) => {
      mass += value;
      sumX += value * (i % SIZE);
      sumY += value * Math.floor(i / SIZE);
    });
    const low = MIDDLE - BOX / 2, high = SIZE - 1 - MIDDLE - BOX / 2;
    const [dx, dy] = [sumX, sumY].map((sum) => clip(MIDDLE - sum / Math.max(mass, 1e-9), -low, high));
    return ink(move(fitted, ([x, y]) => [x + dx, y + dy]));
  }

  // The layers; what goes in and out has the shape (side, side, channels), as one list of numbers.
  let numbers = null;
  const weights = ([from, length]) => {
    numbers ??= new Float32Array(Uint8Array.from(atob(RECOGNIZER.numbers), (letter) => letter.charCodeAt(0)).buffer);
    return numbers.subarray(from, from + length);
  };
  const layers = {
    // Kernels of shape (width, width, channels in, channels out), then bias and ReLU.
    convolution({ side, values }, { width, stride, kernel, bias }) {
      const k = weights(kernel), b = weights(bias), out = b.length, channels = values.length / side / side;
      const size = Math.floor((side - width) / stride) + 1, made = new Float32Array(size * size * out);
      for (let row = 0; row < size; row++) for (let column = 0; column < size; column++) {
        const sums = made.subarray((row * size + column) * out, (row * size + column + 1) * out);
        sums.set(b);
        for (let i = 0; i < width; i++) for (let j = 0; j < width; j++) {
          const from = ((row * stride + i) * side + column * stride + j) * channels;
          for (let c = 0; c < channels; c++) {
            const value = values[from + c], place = ((i * width + j) * channels + c) * out;
            if (value) for (let o = 0; o < out; o++) sums[o] += value * k[place + o];
          }
        }
        for (let o = 0; o < out; o++) sums[o] = Math.max(sums[o], 0);
      }
      return { side: size, values: made };
    },
    pooling({ side, values }) {
      const channels = values.length / side / side, size = Math.floor(side / 2);
      const made = new Float32Array(size * size * channels);
      for (let row = 0; row < size; row++) for (let column = 0; column < size; column++) for (let c = 0; c < channels; c++) {
        const at = (i, j) => values[((2 * row + i) * side + 2 * column + j) * channels + c];
        made[(row * size + column) * channels + c] = Math.max(at(0, 0), at(0, 1), at(1, 0), at(1, 1));
      }
      return { side: size, values: made };
    },
    dense({ values }, { kernel, bias }) {
      const k = weights(kernel), made = Float32Array.from(weights(bias));
      values.forEach((value, i) => {
        for (let o = 0; o < made.length; o++) made[o] += value * k[i * made.length + o];
      });
      return { side: 1, values: made };
    },
  };
  function softmax(scores) {
    const most = Math.max(...scores), powers = Array.from(scores, (score) => Math.exp(score - most));
    const sum = powers.reduce((a, b) => a + b, 0);
    return powers.map((power) => power / sum);
  }
  // Ten probabilities, and the share of "no digit".
  function read(values) {
    const { values: scores } = RECOGNIZER.layers.reduce((x, layer) => layers[layer.kind](x, layer), { side: SIZE, values });
    return { probabilities: softmax(scores.subarray(0, 10)), noDigit: softmax(scores)[10] };
  }
  return { corners, image, read };
})();

// The page: a place to draw, the answer in words, ten bars.
document.addEventListener("DOMContentLoaded", () => {
  const root = document.getElementById("recognizer");
  if (!root) return;
  const canvas = root.querySelector("canvas"), pen = canvas.getContext("2d");
  const answer = root.querySelector("[role=status]"), bars = [...root.querySelectorAll("meter")];
  const seen = root.querySelector(".seen").getContext("2d");
  let strokes = [], drawing = null, example = 0;
  const ground = () => getComputedStyle(root);

  function show() {
    pen.clearRect(0, 0, canvas.width, canvas.height);
    Object.assign(pen, { lineWidth: 20, lineCap: "round", lineJoin: "round", strokeStyle: ground().color });
    for (const stroke of strokes) {
      pen.beginPath();
      pen.moveTo(...stroke[0]);
      for (const point of stroke.length > 1 ? stroke : [...stroke, stroke[0]]) pen.lineTo(...point);
      pen.stroke();
    }
    const image = Recognizer.image(strokes), pixels = seen.createImageData(28, 28);
    image.forEach((value, i) => pixels.data.set([0, 0, 0, 255 * value], 4 * i));
    seen.putImageData(pixels, 0, 0);
    const { probabilities, noDigit } = Recognizer.read(image);
    const best = probabilities.indexOf(Math.max(...probabilities)), percent = Math.round(100 * probabilities[best]);
    bars.forEach((bar, digit) => { bar.value = strokes.length ? probabilities[digit] : 0; });
    const [l, t, r, b] = Recognizer.corners(strokes.length ? strokes.flat() : [[0, 0]]);
    let words = `${best}, ${percent}%`;
    if (!strokes.length) words = "Draw a digit.";
    else if (Math.max(r - l, b - t) < 0.03 * canvas.width) words = "This is a dot.";
    else if (noDigit > 0.5) words = "This does not look like a digit.";
    else if (probabilities[best] < 0.5) words = `Not sure: perhaps ${best}, ${percent}%`;
    if (answer.textContent !== words) answer.textContent = words;
  }
  const at = (event) => {
    const box = canvas.getBoundingClientRect();
    return [((event.clientX - box.left) * canvas.width) / box.width, ((event.clientY - box.top) * canvas.height) / box.height];
  };
  canvas.addEventListener("pointerdown", (event) => {
    if (event.button) return;
    canvas.setPointerCapture(event.pointerId);
    drawing = [at(event)];
    strokes.push(drawing);
    show();
  });
  canvas.addEventListener("pointermove", (event) => {
    if (!drawing) return;
    for (const each of event.getCoalescedEvents?.() ?? [event]) drawing.push(at(each));
    show();
  });
  for (const end of ["pointerup", "pointercancel"]) canvas.addEventListener(end, () => { drawing = null; });
  const press = (name, act) => root.querySelector(name).addEventListener("click", () => { act(); show(); });
  press(".clear", () => { strokes = []; });
  press(".undo", () => { strokes.pop(); });
  press(".example", () => { strokes = RECOGNIZER.examples[example++ % RECOGNIZER.examples.length].map((s) => s.map((p) => [...p])); });
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", show);
  new MutationObserver(show).observe(document.documentElement, { attributes: true, attributeFilter: ["data-theme"] });
  show();
});
