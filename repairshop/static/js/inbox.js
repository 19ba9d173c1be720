// Prepared replies go into the answer where the cursor is; without this the page comes back with the words in it.

const field = document.getElementById("text");

for (const link of document.querySelectorAll("[data-reply]")) {
  link.addEventListener("click", (event) => {
    if (!field || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    const [from, to] = [field.selectionStart, field.selectionEnd];
    field.setRangeText(link.dataset.reply, from, to, "end");
    field.dispatchEvent(new Event("input", { bubbles: true }));
    field.focus();
  });
}
