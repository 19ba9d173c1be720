// The board: verbs of the focused card in the bar with their number keys; news every 10 seconds,
// which never moves what somebody touches.

const EVERY = 10_000;
const board = document.querySelector("[data-board]");
const acts = document.querySelector("[data-acts]");
const news = document.querySelector("[data-changes]");
let tag = board.dataset.etag ?? "";
let waiting = null;

function showVerbs(card) {
  if (!acts || !card) return;
  const about = document.getElementById("moves")?.elements.reference;
  if (about) about.value = card.dataset.card; // what a scanned command is about
  const name = document.createElement("b");
  name.textContent = card.querySelector(".card-title").textContent;
  const verbs = [...card.querySelectorAll("[data-verb]")].slice(0, 9).map((verb, index) => {
    const copy = verb.cloneNode(true);
    const cap = document.createElement("kbd");
    cap.textContent = index + 1;
    copy.className = "act";
    copy.dataset.key = index + 1;
    copy.prepend(cap, " ");
    return copy;
  });
  acts.replaceChildren(name, ...verbs);
}

function closeOthers(opened) {
  for (const list of board.querySelectorAll(".card-move[open]")) if (list !== opened) list.open = false;
}

const cards = (root) => new Map([...root.querySelectorAll("[data-card]")].map((card) => [card.dataset.card, `${column(card)} ${card.textContent}`]));
const column = (card) => [...card.closest("[data-board]").querySelectorAll(".board-column")].indexOf(card.closest(".board-column"));

function changes(fresh) {
  const [now, then] = [cards(fresh), cards(board)];
  return [...new Set([...now.keys(), ...then.keys()])].filter((key) => now.get(key) !== then.get(key)).length;
}

const isTouched = () => board.contains(document.activeElement) || acts?.contains(document.activeElement) || dragged || board.querySelector(".card-move[open]") || document.querySelector("dialog[open]");

function take(fresh) {
  const focused = document.activeElement?.closest("[data-card]")?.dataset.card;
  board.replaceChildren(...fresh.childNodes);
  if (focused) board.querySelector(`[data-card="${CSS.escape(focused)}"] .card-title`)?.focus();
  waiting = null;
  if (news) news.hidden = true;
}

function offer(fresh, count) {
  if (!news) return;
  waiting = fresh;
  const { one, many } = news.dataset;
  news.querySelector("[data-count]").textContent = count === 1 ? one : many.replace("{count}", count);
  news.hidden = false;
}

async function poll() {
  if (document.visibilityState !== "visible") return;
  try {
    const answer = await fetch(board.dataset.poll, { cache: "no-store", headers: tag ? { "If-None-Match": tag } : {} });
    if (answer.status === 304 || !answer.ok || answer.redirected) return;
    tag = answer.headers.get("ETag") ?? "";
    const fresh = new DOMParser().parseFromString(await answer.text(), "text/html").querySelector("[data-board]");
    const count = fresh ? changes(fresh) : 0;
    if (!count) return;
    if (isTouched()) offer(fresh, count);
    else take(fresh);
  } catch { /* the next round tries again */ }
}

// Dragging is an extra for a mouse: it presses the verb's own button, or opens the menu where several lead there.
let dragged = null;
const leadingTo = (target) => [...(dragged?.querySelectorAll(`[data-verb][data-to="${CSS.escape(target?.dataset.column ?? "")}"]`) ?? [])];

board.addEventListener("pointerdown", (event) => {
  const card = event.target.closest("[data-card]");
  if (card) card.draggable = event.pointerType === "mouse" && !event.target.closest(".card-move");
});
board.addEventListener("dragstart", (event) => {
  dragged = event.target.closest?.("[data-card]");
  if (!dragged) return;
  event.dataTransfer.effectAllowed = "move";
  event.dataTransfer.setData("text/plain", dragged.dataset.card);
  for (const target of board.querySelectorAll("[data-column]")) target.classList.toggle("can-drop", leadingTo(target).length > 0);
});
board.addEventListener("dragover", (event) => {
  if (leadingTo(event.target.closest("[data-column]")).length) event.preventDefault();
});
board.addEventListener("drop", (event) => {
  const verbs = leadingTo(event.target.closest("[data-column]"));
  if (!verbs.length) return;
  event.preventDefault();
  const oneKey = verbs.filter((verb) => verb.matches("button"));
  if (verbs.length === 1) verbs[0].click();
  else if (oneKey.length === 1) oneKey[0].click(); // it can be undone; the others ask for words
  else {
    dragged.querySelector(".card-move").open = true;
    verbs[0].focus();
  }
});
board.addEventListener("dragend", () => {
  for (const target of board.querySelectorAll(".can-drop")) target.classList.remove("can-drop");
  dragged = null;
});

showVerbs(document.activeElement?.closest("[data-card]")); // a quick hand was there before this file
board.addEventListener("focusin", (event) => showVerbs(event.target.closest("[data-card]")));
board.addEventListener("toggle", (event) => event.target.open && closeOthers(event.target), true);
document.addEventListener("click", (event) => !board.contains(event.target) && closeOthers(null));
news?.addEventListener("click", () => waiting && take(waiting));
document.addEventListener("visibilitychange", poll);
setInterval(poll, EVERY);
