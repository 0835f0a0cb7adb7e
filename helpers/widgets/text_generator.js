function render({ model, el }) {
  el.classList.add("course-writer");
  // JupyterLab has shortcuts for what is typed here.
  el.setAttribute("data-lm-suppress-shortcuts", "true");
  el.addEventListener("keydown", (event) => event.stopPropagation());
  const label = add(el, "label", "Prompt");
  const field = add(label, "textarea");
  Object.assign(field, { rows: 2, value: model.get("value"), spellcheck: false });
  field.title = "What the network is to continue; Enter writes, Shift and Enter begin a new line.";
  const buttons = add(el, "div");
  const write = add(buttons, "button", "Write");
  const stop = add(buttons, "button", "Stop");
  write.title = "Continue the prompt.";
  stop.title = "Stop writing (Escape).";
  const status = add(buttons, "span");
  status.setAttribute("role", "status");
  const note = add(el, "div");
  note.className = "note";
  note.setAttribute("role", "status");
  const page = add(el, "div");
  page.className = "page";
  const given = add(page, "b");
  const written = add(page, "span");
  const caret = add(page, "span", "▏");
  caret.setAttribute("aria-hidden", "true");

  const pace = paced(model);
  let typing = 0, waiting = 0;
  const say = () => { clearTimeout(typing); model.send({ typed: field.value }); };
  const ask = (message) => {
    model.send(message);
    clearTimeout(waiting);
    waiting = setTimeout(() => { status.textContent = "Waiting for the kernel …"; }, 1000);
  };
  const start = () => { clearTimeout(typing); ask({ write: field.value }); };
  const halt = () => { if (model.get("writing")) ask({ stop: true }); };
  write.addEventListener("click", start);
  stop.addEventListener("click", halt);
  field.addEventListener("input", () => { clearTimeout(typing); typing = setTimeout(say, 250); });
  field.addEventListener("keydown", (event) => {
    // An Enter that ends the choice of Japanese letters is not meant for us.
    if (event.key === "Enter" && !event.shiftKey && !event.isComposing) {
      event.preventDefault();
      start();
    }
  });
  el.addEventListener("keydown", (event) => { if (event.key === "Escape") halt(); });

  function show() {
    const number = model.get("number"), writing = model.get("writing");
    given.textContent = model.get("given");
    written.textContent = model.get("written");
    caret.style.display = writing ? "" : "none";
    stop.setAttribute("aria-disabled", String(!writing));
    // Written anew, it would be read out anew.
    if (status.textContent !== model.get("status")) status.textContent = model.get("status");
    if (note.textContent !== model.get("note")) note.textContent = model.get("note");
    page.dataset.number = number;
    clearTimeout(waiting);
    if (writing) pace.shown(number);
    else pace.wait();
  }
  const replace = () => { clearTimeout(typing); field.value = model.get("value"); };
  model.on("change:number", show);
  model.on("change:replaced", replace);
  show();
  return () => {
    pace.end();
    for (const each of [typing, waiting]) clearTimeout(each);
    model.off("change:number", show);
    model.off("change:replaced", replace);
  };
}
function add(parent, kind, text = "") {
  const node = document.createElement(kind);
  if (text) node.textContent = text;
  if (kind === "button") node.type = "button";
  parent.append(node);
  return node;
}
export default { render };
