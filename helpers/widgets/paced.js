// The page says that it has shown a message, at most once in `interval`; only then the kernel makes the next one.
function paced(model) {
  let alive = true, timer = 0, shownAt = 0;
  return {
    get alive() { return alive; },
    shown(number) {
      clearTimeout(timer);
      timer = setTimeout(() => {
        if (!alive) return;
        shownAt = performance.now();
        model.send({ shown: number });
      }, Math.max(0, shownAt + model.get("interval") - performance.now()));
    },
    wait() { clearTimeout(timer); },
    end() {
      alive = false;
      clearTimeout(timer);
    },
  };
}
