// The hand-in page: a chosen device or model narrows the faults, a chosen fault fills in what it usually means.
// What somebody typed is never overwritten.

import { startKeeping } from "./keep.js";

const form = document.querySelector("[data-intake]");
const preset = form.querySelector("select[name=preset]");
const faults = [...preset.options].map((option) => ({ option, type: option.dataset.type ?? "" }));
const filled = new WeakMap();

for (const place of form.querySelectorAll("[data-script]")) place.hidden = false;

function deviceType() {
  const chosen = form.querySelector("[data-device]:checked");
  return chosen?.dataset.type ?? form.elements.device_type?.value ?? "";
}

/** Only the faults of this type of device stay on offer. */
function narrow() {
  const type = deviceType();
  const chosen = preset.value;
  preset.replaceChildren(...faults.filter((fault) => !type || !fault.type || fault.type === type).map((fault) => fault.option));
  preset.value = chosen;
  if (preset.selectedIndex < 0) preset.selectedIndex = 0;
}

function showDeviceFields() {
  const chosen = form.querySelector("[data-device]:checked");
  const fields = form.querySelector("[data-new-device]");
  if (chosen && fields) fields.hidden = chosen.value !== "new";
}

function fill(name, value) {
  const field = form.elements[name];
  if (!field || (field.value && filled.get(field) !== field.value)) return;
  field.value = value ?? "";
  filled.set(field, field.value);
}

function takePreset() {
  const { dataset, value } = preset.selectedOptions[0] ?? { dataset: {} };
  const facts = form.querySelector("[data-preset-facts]");
  facts.hidden = !value;
  if (!value) return;
  for (const line of facts.querySelectorAll("[data-preset-credential]")) line.hidden = line.dataset.presetCredential !== dataset.credential;
  for (const line of facts.querySelectorAll("[data-preset-checks]")) line.hidden = line.dataset.presetChecks !== dataset.type;
  facts.querySelector("[data-preset-price]").textContent = dataset.price;
  facts.querySelector("[data-preset-days]").textContent = dataset.days;
  const like = facts.querySelector("[data-preset-like]");
  like.dataset.words ??= like.textContent;
  like.textContent = like.dataset.words.replace("{count}", dataset.like);
  like.hidden = !dataset.like;
  facts.querySelector("[data-preset-usual]").hidden = Boolean(dataset.like);
  fill("earliest", dataset.earliest);
  fill("latest", dataset.latest);
  fill("fixed_price", dataset.fixed);
  const radio = form.querySelector(`input[name=credential][value=${dataset.credential}]`);
  if (radio && !form.dataset.credentialChosen) radio.checked = true;
  showReason();
}

function showReason() {
  const place = form.querySelector("[data-credential-reason]");
  if (!place) return;
  const needed = form.querySelector("input[name=credential]:checked")?.value === "needed";
  place.hidden = !needed;
  const field = form.elements.credential_reason;
  if (needed && !field.value) field.value = place.dataset.usualReason;
}

form.addEventListener("change", (event) => {
  const { target } = event;
  if (target.matches("[data-device], [name=device_type]")) {
    narrow();
    showDeviceFields();
    if (target.matches("[data-device]") && target.value !== "new") document.getElementById("preset")?.focus();
  } else if (target === preset) takePreset();
  else if (target.name === "credential") {
    form.dataset.credentialChosen = "yes";
    showReason();
  }
});

form.addEventListener("click", (event) => {
  const model = event.target.closest("[data-model]");
  if (!model) return;
  form.elements.brand.value = model.dataset.brand;
  form.elements.model.value = model.dataset.model;
  form.elements.device_type.value = model.dataset.type;
  document.getElementById("found-models").replaceChildren();
  document.getElementById("find-model").value = "";
  narrow();
  form.elements.colour.focus();
});

// A number key ticks the device and goes on to the fault, as a click does.
form.addEventListener("click", (event) => {
  if (event.target.matches("[data-device]") && event.target.value !== "new") document.getElementById("preset")?.focus();
});

// The button of an accessory adds it to the list, and takes it off again.
form.addEventListener("click", (event) => {
  const name = event.target.closest("[data-accessory]")?.dataset.accessory;
  if (!name) return;
  const field = form.elements.accessories;
  const listed = field.value.split(",").map((part) => part.trim()).filter(Boolean);
  field.value = (listed.includes(name) ? listed.filter((each) => each !== name) : [...listed, name]).join(", ");
  field.dispatchEvent(new Event("input", { bubbles: true }));
});

/** The buttons say what the list holds. */
function showAccessories() {
  const listed = (form.elements.accessories?.value ?? "").split(",").map((part) => part.trim());
  for (const button of form.querySelectorAll("[data-accessory]")) button.setAttribute("aria-pressed", String(listed.includes(button.dataset.accessory)));
}

form.addEventListener("input", showAccessories);

// A number whose SIM is in the device reaches nobody: the next way to reach the person takes its place.
form.elements.sim_number?.addEventListener("change", (event) => {
  const gone = event.target.selectedOptions[0]?.text;
  const field = form.elements.reach_note;
  const ways = JSON.parse(form.querySelector("[data-ways]").dataset.ways);
  if (field.value === gone) field.value = ways.find((way) => way !== gone) ?? "";
});

/** Tells whether a device of this IMEI or serial was here before. */
async function lookUpDevice() {
  const place = document.getElementById("seen");
  const address = new URL(place.dataset.seen, location.href);
  for (const name of ["imei", "serial"]) address.searchParams.set(name, form.elements[name].value.trim());
  try {
    const answer = await fetch(address, { headers: { "X-Requested-With": "fetch" } });
    if (answer.ok && !answer.redirected) place.innerHTML = await answer.text();
  } catch {
    place.replaceChildren(); // saving looks again
  }
}

for (const name of ["imei", "serial"]) form.elements[name]?.addEventListener("change", lookUpDevice);

startKeeping();
narrow();
showDeviceFields();
showReason();
showAccessories();
if (preset.value) takePreset();
