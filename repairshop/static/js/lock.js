// A counter computer left alone locks where it stands: the page keeps what was typed behind the lock.
const after = Number(document.body.dataset.lockAfter) * 1000;
const send = (path, body) => fetch(path, { method: "POST", body, headers: { "X-Requested-With": "fetch" } });
const signed = () => {
  const body = new FormData();
  body.set("csrf_token", document.querySelector("input[name=csrf_token]").value);
  return body;
};
let timer = 0;
let told = Date.now();
let dialog = null;
let isTyped = false;

function draw(html) {
  const page = new DOMParser().parseFromString(html, "text/html").querySelector("[data-lock-page]");
  if (!page) return;
  dialog.replaceChildren(document.adoptNode(page));
  dialog.querySelector("[data-focus], [name=pin]")?.focus();
}

async function lock() {
  if (dialog) return;
  dialog = document.createElement("dialog");
  dialog.className = "lock";
  dialog.addEventListener("cancel", (event) => event.preventDefault());
  dialog.addEventListener("submit", unlock, true);
  document.body.append(dialog);
  dialog.showModal();
  try {
    draw(await (await send("/lock/now", signed())).text());
  } catch {
    location.assign("/lock");
  }
}

async function unlock(event) {
  if (event.target.querySelector("[name=pin]") === null) return;
  event.preventDefault();
  event.stopImmediatePropagation();
  const reply = await send("/lock", new FormData(event.target));
  if (!reply.headers.get("Content-Type")?.includes("json")) return draw(await reply.text());
  const { name, is_other: isOther } = await reply.json();
  // What one person may see another may not: only a form somebody has typed in stays as it stands.
  if (isOther && !isTyped) return location.reload();
  const shown = document.querySelector(".usermenu summary span");
  if (shown) shown.textContent = name;
  dialog.remove();
  dialog = null;
  begin();
}

function begin() {
  clearTimeout(timer);
  if (dialog) return;
  timer = setTimeout(lock, after);
  if (Date.now() - told > after / 4) {
    told = Date.now();
    send("/lock/awake", signed()).catch(() => {});
  }
}

document.addEventListener("input", (event) => { isTyped ||= !dialog && event.target.form?.method === "post"; }, true);
for (const sign of ["keydown", "pointerdown", "input"]) document.addEventListener(sign, begin, true);
begin();
