// The counter's camera with the shot's outline over it, and photos of a phone as they arrive.
// What the camera takes goes into the shot's own file field, so the form is sent as without a script.
import { shrink } from "./photos.js";

const form = document.querySelector("[data-shots]");
const cards = [...form.querySelectorAll("li[data-shot]")];
const camera = form.querySelector("[data-camera]");
const start = form.querySelector("[data-camera-start]");
const video = camera.querySelector("video");
const ghost = camera.querySelector("[data-ghost]");
const outlines = new Map(cards.map((card) => [card, card.querySelector(".ghost")?.cloneNode(true)]));
let current;
let stream;

function field(card) {
  return card.querySelector("input[type=file]");
}

function give(card, file) {
  const files = new DataTransfer();
  files.items.add(file);
  field(card).files = files.files;
  draw(card, URL.createObjectURL(file));
}

function draw(card, address) {
  const picture = document.createElement("img");
  picture.src = address;
  picture.alt = card.querySelector("h3").textContent;
  card.querySelector(".shot-frame").replaceChildren(picture);
  card.classList.add("is-settled");
}

function waits(card) {
  return !card.classList.contains("is-settled");
}

function next() {
  const from = cards.indexOf(current);
  const rest = [...cards.slice(from + 1), ...cards.slice(0, from + 1)];
  current = rest.find(waits) ?? rest[0];
  camera.querySelector("[data-now]").textContent = current.querySelector("h3").textContent;
  const outline = outlines.get(current);
  ghost.replaceChildren(...(outline ? [outline] : []));
}

function close() {
  stream?.getTracks().forEach((track) => track.stop());
  camera.hidden = true;
  start.hidden = false;
  // After the sixth the next press keeps them; it would otherwise take the first shot anew.
  (cards.some(waits) ? button : document.querySelector("[data-main][form=shots]")).focus();
}

async function open() {
  try {
    stream = await navigator.mediaDevices.getUserMedia({ video: { facingMode: "environment", width: 1920 } });
  } catch {
    start.querySelector("[data-why=none]").hidden = false;
    return;
  }
  video.srcObject = stream;
  await video.play();
  camera.hidden = false;
  start.hidden = true;
  next();
  camera.querySelector("[data-snap]").focus();
}

async function snap() {
  const canvas = document.createElement("canvas");
  canvas.width = video.videoWidth;
  canvas.height = video.videoHeight;
  canvas.getContext("2d").drawImage(video, 0, 0);
  const blob = await new Promise((done) => canvas.toBlob(done, "image/jpeg", 0.9));
  give(current, new File([blob], `${current.dataset.shot}.jpg`, { type: "image/jpeg" }));
  if (cards.some(waits)) next();
  else close();
}

start.hidden = false;
const button = start.querySelector("button");
if (window.isSecureContext && navigator.mediaDevices) button.addEventListener("click", open);
else {
  button.hidden = true;
  start.querySelector("[data-why=insecure]").hidden = false;
}
camera.querySelector("[data-snap]").addEventListener("click", snap);
camera.querySelector("[data-next]").addEventListener("click", next);
camera.querySelector("[data-close]").addEventListener("click", close);
window.addEventListener("pagehide", () => stream?.getTracks().forEach((track) => track.stop()));

cards.forEach((card) =>
  field(card).addEventListener("change", () => {
    const [file] = field(card).files;
    if (!file) return;
    const work = shrink(file).then((small) => give(card, small));
    form.unfinished = Promise.all([form.unfinished, work]); // a form sent meanwhile waits for this
  }),
);

// The card becomes what the server says, but for a file chosen here and a reason being typed.
function arrive(card, there) {
  const leftOut = card.querySelector("[data-left-out]");
  if (leftOut?.contains(document.activeElement)) return; // the next look finds it again
  card.dataset.photo = there.dataset.photo;
  if (!field(card).files.length) {
    card.className = there.className;
    card.querySelector(".shot-frame").replaceChildren(...there.querySelector(".shot-frame").childNodes);
  }
  card.querySelector("label").replaceWith(there.querySelector("label"));
  const reason = there.querySelector("[data-left-out]");
  if (reason) (leftOut ?? card.lastElementChild).after(reason);
  leftOut?.remove();
}

// The browser asks with the tag of what it has; while nothing arrived the answer is 304 without a body.
const door = document.querySelector("[data-arrived]");
async function look() {
  if (document.hidden) return;
  const answer = await fetch(door.dataset.arrived).catch(() => null);
  if (!answer?.ok) return;
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  document.querySelector("#shots-count").textContent = page.querySelector("[data-count]").textContent;
  page.querySelectorAll("li[data-shot]").forEach((there) => {
    const card = cards.find((one) => one.dataset.shot === there.dataset.shot);
    if (card && card.dataset.photo !== there.dataset.photo) arrive(card, there);
  });
}
if (door) setInterval(look, 2000);
