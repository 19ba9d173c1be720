// A hand-in was saved: what this tab kept of it goes, and its label goes to the printer, once.
import { forget } from "./keep.js";

const { printLabel } = document.querySelector("[data-print-label]").dataset;

/** The label's own page, put into this one for the length of a print: no window, no frame. */
async function print() {
  const answer = await fetch(printLabel, { headers: { "X-Requested-With": "fetch" } });
  if (!answer.ok || answer.redirected) return; // the page's own button still opens it
  const label = new DOMParser().parseFromString(await answer.text(), "text/html");
  const sheet = document.createElement("div");
  sheet.className = `printed ${label.body.className}`;
  sheet.append(...label.body.children);
  const styles = [...label.querySelectorAll("link[rel=stylesheet]")].map((link) => {
    const style = document.createElement("link");
    style.rel = "stylesheet";
    style.media = "print";
    style.href = link.getAttribute("href");
    return style;
  });
  await Promise.all(styles.map((style) => new Promise((ready) => {
    style.onload = style.onerror = ready;
    document.head.append(style);
  })));
  document.body.append(sheet);
  document.documentElement.classList.add("prints-label");
  window.addEventListener("afterprint", () => {
    for (const part of [sheet, ...styles]) part.remove();
    document.documentElement.classList.remove("prints-label");
  }, { once: true });
  window.print();
}

forget();
const address = new URL(location.href);
if (address.searchParams.has("saved")) {
  address.searchParams.delete("saved"); // a reload prints nothing
  history.replaceState(null, "", address);
  print();
}
