// The passcode leaves the page after its minute, and at once when the page is left or kept for the back button.

const place = document.querySelector("[data-passcode]");

function hide() {
  place?.replaceChildren();
}

setTimeout(() => {
  hide();
  location.replace(place.dataset.back);
}, Number(place?.dataset.seconds ?? 0) * 1000);
addEventListener("pagehide", hide);
