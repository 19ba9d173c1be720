// A select one can type into (ARIA combobox with a list). The select stays, hidden, and is what the form sends.
// Down opens and moves, Enter or Tab takes, Escape closes and again clears.

let number = 0;

function start(root) {
  const select = root.querySelector("select");
  if (!select) return;
  const input = document.createElement("input");
  const list = document.createElement("ul");
  const box = document.createElement("div");
  let shown = [];
  let active = -1;

  input.id = select.id;
  select.id += "-select";
  input.type = "text";
  input.className = "input input-20";
  input.autocomplete = "off";
  input.spellcheck = false;
  list.id = `list-${++number}`;
  list.className = "combo-list";
  list.role = "listbox";
  list.hidden = true;
  list.setAttribute("aria-label", root.querySelector("label")?.textContent ?? "");
  box.className = "combo";
  set({ role: "combobox", "aria-autocomplete": "list", "aria-expanded": "false", "aria-controls": list.id });
  for (const name of ["aria-describedby", "aria-invalid", "data-key"]) if (select.hasAttribute(name)) set({ [name]: select.getAttribute(name) });
  input.value = text();
  select.hidden = true;
  select.before(box);
  box.append(input, list);

  function set(attributes) {
    for (const [name, value] of Object.entries(attributes)) input.setAttribute(name, value);
  }
  function text() {
    return select.selectedOptions[0]?.value ? select.selectedOptions[0].text : "";
  }
  function matches(typed) {
    const wanted = typed.trim().toLowerCase();
    const options = [...select.options].filter((option) => option.value && option.text.toLowerCase().includes(wanted));
    const begins = (option) => Number(option.text.toLowerCase().startsWith(wanted));
    return options.sort((one, other) => begins(other) - begins(one));
  }
  function open(options, at) {
    shown = options;
    list.replaceChildren(...shown.map(line));
    list.hidden = shown.length === 0;
    set({ "aria-expanded": String(!list.hidden) });
    move(list.hidden ? -1 : at);
  }
  function line(option, index) {
    const item = document.createElement("li");
    item.id = `${list.id}-${index}`;
    item.role = "option";
    item.textContent = option.text;
    item.addEventListener("pointerdown", (event) => {
      event.preventDefault(); // the field keeps the focus
      take(index);
    });
    return item;
  }
  function move(index) {
    active = index;
    [...list.children].forEach((item, place) => item.setAttribute("aria-selected", String(place === active)));
    if (active < 0) return input.removeAttribute("aria-activedescendant");
    set({ "aria-activedescendant": list.children[active].id });
    list.children[active].scrollIntoView({ block: "nearest" });
  }
  function close() {
    list.hidden = true;
    active = -1;
    set({ "aria-expanded": "false" });
    input.removeAttribute("aria-activedescendant");
  }
  function take(index) {
    const option = shown[index];
    if (!option) return;
    select.value = option.value;
    input.value = option.text;
    close();
    select.dispatchEvent(new Event("input", { bubbles: true }));
    select.dispatchEvent(new Event("change", { bubbles: true }));
  }

  select.addEventListener("change", () => (input.value = text())); // set by another script
  input.addEventListener("input", () => open(matches(input.value), 0));
  input.addEventListener("focus", () => input.select());
  input.addEventListener("click", () => list.hidden && open(matches(""), -1));
  input.addEventListener("blur", () => {
    close();
    input.value = text();
  });
  input.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey) return;
    const { key } = event;
    if (key === "ArrowDown" || key === "ArrowUp") {
      event.preventDefault();
      const by = key === "ArrowDown" ? 1 : -1;
      if (list.hidden) open(matches(""), by > 0 ? 0 : -1);
      else move((active + by + shown.length) % shown.length);
    } else if (key === "Enter" && active >= 0) {
      event.preventDefault();
      take(active);
    } else if (key === "Tab" && active >= 0) take(active);
    else if (key === "Escape") {
      if (list.hidden) {
        input.value = "";
        select.selectedIndex = [...select.options].findIndex((option) => !option.value);
      } else close();
    }
  });
}

document.querySelectorAll("[data-combobox]").forEach(start);
