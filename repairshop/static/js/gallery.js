// One photo: the large one opens at its middle; arrow keys go to its neighbours, Escape closes. Inside the large photo arrows move the photo.

const large = document.querySelector(".photo-large");
const toMiddle = () => large.scrollTo((large.scrollWidth - large.clientWidth) / 2, (large.scrollHeight - large.clientHeight) / 2);
if (large) toMiddle(); // its sides are known before the picture comes

const pressed = { ArrowLeft: "[data-previous]", ArrowRight: "[data-next]", Escape: "[data-close]" };

document.addEventListener("keydown", (event) => {
  if (event.defaultPrevented || event.altKey || event.ctrlKey || event.metaKey || event.shiftKey) return;
  if (event.key !== "Escape" && event.target.closest(".photo-large")) return;
  let key = event.key;
  if (document.documentElement.dir === "rtl") key = { ArrowLeft: "ArrowRight", ArrowRight: "ArrowLeft" }[key] ?? key;
  document.querySelector(pressed[key])?.click();
});
