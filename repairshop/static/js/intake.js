// The hand-in page: a chosen device or model narrows the faults, a chosen fault fills in what it usually means.
// What somebody typed is never overwritten.

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
  facts.hidden = !value || !dataset.price;
  if (!value) return;
  facts.querySelector("[data-preset-price]").textContent = dataset.price;
  facts.querySelector("[data-preset-days]").textContent = dataset.days;
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

narrow();
showDeviceFields();
showReason();
if (preset.value) takePreset();
