// A passkey form asks the authenticator first, then sends its answer as text.
const bytes = (text) => Uint8Array.from(atob(text.replace(/-/g, "+").replace(/_/g, "/")), (sign) => sign.charCodeAt(0));
const text = (buffer) => btoa(String.fromCharCode(...new Uint8Array(buffer))).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");
const known = (list) => (list ?? []).map((one) => ({ ...one, id: bytes(one.id) }));

function question(kind, options) {
  const publicKey = { ...options, challenge: bytes(options.challenge) };
  if (kind === "get") return { publicKey: { ...publicKey, allowCredentials: known(options.allowCredentials) } };
  const user = { ...options.user, id: bytes(options.user.id) };
  return { publicKey: { ...publicKey, user, excludeCredentials: known(options.excludeCredentials) } };
}

function answer(credential) {
  const response = {};
  for (const name of ["clientDataJSON", "attestationObject", "authenticatorData", "signature", "userHandle"]) {
    if (credential.response[name]) response[name] = text(credential.response[name]);
  }
  return JSON.stringify({ id: credential.id, rawId: text(credential.rawId), type: credential.type, response, clientExtensionResults: {} });
}

for (const form of document.querySelectorAll("[data-passkey]")) {
  const field = form.querySelector("[data-answer]");
  const failed = form.querySelector("[data-passkey-failed]");
  form.addEventListener("submit", async (event) => {
    if (field.value) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    failed.hidden = true;
    try {
      const kind = form.dataset.passkey;
      field.value = answer(await navigator.credentials[kind](question(kind, JSON.parse(form.dataset.options))));
      form.submit();
    } catch {
      failed.hidden = false;
    }
  }, true);
  form.hidden = !navigator.credentials; // only secure pages have them; the page says so
}
for (const away of document.querySelectorAll("[data-passkey-away]")) away.hidden = true;
if (!window.isSecureContext) for (const why of document.querySelectorAll("[data-insecure]")) why.hidden = false;
