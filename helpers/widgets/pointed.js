function render({ model, el }) {
  const pace = paced(model);
  const image = document.createElement("img");
  const style = { width: "100%", maxWidth: "700px", cursor: "crosshair", touchAction: "pan-y" };
  Object.assign(image.style, style);
  const show = () => {
    image.src = model.get("picture");
    image.alt = model.get("alt");
    image.dataset.number = model.get("number");
    if (model.get("running")) pace.shown(model.get("number"));
    else pace.wait();
  };
  // One message at a time: the next place is sent when the last one's picture is here.
  // Places are counted: without, the same one twice would be no change, and have no answer.
  let waiting = null, busy = false, count = 0;
  const send = () => {
    busy = waiting !== null;
    if (!busy) return;
    model.set("place", waiting);
    model.save_changes();
    waiting = null;
  };
  const point = (event) => {
    const box = image.getBoundingClientRect();
    const x = (event.clientX - box.left) / box.width, y = (event.clientY - box.top) / box.height;
    waiting = [x, y, ++count];
    if (!busy) send();
  };
  const answered = () => { show(); send(); };
  image.addEventListener("pointermove", (event) => {
    if (model.get("hover") || event.buttons) point(event);
  });
  image.addEventListener("pointerdown", point);
  image.draggable = false;
  model.on("change:number", answered);
  show();
  el.append(image);
  return () => {
    pace.end();
    model.off("change:number", answered);
  };
}
export default { render };
