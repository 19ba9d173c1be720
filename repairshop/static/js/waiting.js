// The figure beside "Messages" in the header: asked for when the page is opened and every half minute while
// somebody looks at it. An unchanged figure costs a 304. What it was last stands there at once.

const EVERY = 30_000;
const KEPT = "waiting";
const place = document.querySelector("[data-waiting]");
let tag = "";

function show(count) {
  place.hidden = !count;
  place.textContent = count === 1 ? place.dataset.one : place.dataset.many.replace("{count}", count);
}

async function ask() {
  if (document.visibilityState !== "visible") return;
  try {
    const answer = await fetch(place.dataset.waiting, { cache: "no-store", headers: tag ? { "If-None-Match": tag } : {} });
    if (!answer.ok || answer.redirected) return;
    tag = answer.headers.get("ETag") ?? "";
    const { items } = await answer.json();
    sessionStorage.setItem(KEPT, items);
    show(items);
  } catch { /* the next round tries again */ }
}

show(Number(sessionStorage.getItem(KEPT) ?? 0));
ask();
setInterval(ask, EVERY);
document.addEventListener("visibilitychange", ask);
