function render({ model, el }) {
  const image = document.createElement("img");
  const [width, height] = model.get("size");
  Object.assign(image, { width, height });
  image.style.cssText = "display: block; max-width: 100%; height: auto; cursor: crosshair";
  el.append(image);
  const pace = paced(model);
  let pointed = null, pointing = 0;
  const place = (event) => {
    const box = image.getBoundingClientRect();
    return [(event.clientX - box.left) / box.width, (event.clientY - box.top) / box.height];
  };
  // A mouse says a few times a second where it is; the film does not wait for it.
  const tell = (where) => {
    pointed = where;
    pointing ||= setTimeout(() => {
      pointing = 0;
      if (pace.alive) model.send({ pointed });
    }, 2 * model.get("interval"));
  };
  image.addEventListener("pointermove", (event) => {
    if (event.pointerType !== "touch") tell(place(event));
  });
  image.addEventListener("pointerleave", () => tell([-1, -1]));
  image.addEventListener("click", (event) => model.send({ pressed: place(event) }));
  async function show() {
    const number = model.get("number");
    const url = URL.createObjectURL(new Blob([model.get("frame")], { type: model.get("format") }));
    image.alt = model.get("alt");
    image.src = url;
    try { await image.decode(); } catch { /* Replaced by a newer frame meanwhile. */ }
    URL.revokeObjectURL(url);
    if (!pace.alive) return;
    image.dataset.number = number;
    pace.shown(number);
  }
  model.on("change:number", show);
  show();
  return () => {
    pace.end();
    model.off("change:number", show);
  };
}
export default { render };
