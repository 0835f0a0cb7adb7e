function render({ model, el }) {
  const add = (name, values) => el.appendChild(Object.assign(document.createElement(name), values));
  const open = add("button", { textContent: "Camera", title: "Show what the camera sees" });
  const take = add("button", { textContent: "Take picture" });
  const said = add("span", {});
  const video = add("video", { muted: true, playsInline: true });
  said.setAttribute("role", "status");
  video.style.cssText = "width: 224px; margin-top: 4px";
  for (const button of [open, take]) {
    button.type = "button";
    button.className = "jupyter-button widget-button";
    button.style.cssText = "height: 44px; width: auto; margin: 2px";
  }
  let stream = null;
  const showing = (seen) => {
    take.style.display = seen ? "" : "none";
    video.style.display = seen ? "block" : "none";
    open.textContent = seen ? "Camera off" : "Camera";
  };
  showing(false);
  const close = () => {
    for (const track of stream?.getTracks() ?? []) track.stop();
    stream = null;
    showing(false);
  };
  open.addEventListener("click", async () => {
    if (stream) return close();
    said.textContent = "";
    try {
      stream = await navigator.mediaDevices.getUserMedia({ video: { facingMode: "environment" } });
      video.srcObject = stream;
      await video.play();
      showing(true);
    } catch (problem) {
      close();
      const why = navigator.mediaDevices ? problem.name : "not offered on this page";
      said.textContent = ` No camera (${why}). Draw, or load a picture from a file.`;
    }
  });
  take.addEventListener("click", () => {
    const side = 224, { videoWidth: width, videoHeight: height } = video, part = Math.min(width, height);
    const canvas = Object.assign(document.createElement("canvas"), { width: side, height: side });
    const send = async (blob) => model.send({}, undefined, [await blob.arrayBuffer()]);
    const place = [(width - part) / 2, (height - part) / 2, part, part, 0, 0, side, side];
    canvas.getContext("2d").drawImage(video, ...place);
    canvas.toBlob(send, "image/jpeg", 0.9);
  });
  return close;
}
export default { render };
