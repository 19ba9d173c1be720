// Everything here only makes pages quicker; every page works without it.
document.querySelector("[data-focus]")?.focus();
