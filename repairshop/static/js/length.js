// <p data-length="id of a text field">: how many texts its words take, as they are typed. The server counts
// the same way (notifications/lengths.py); a test holds the two against each other.

const BASIC = new Set("@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà");
const EXTENSION = new Set("\f^{}\\[~]|€");
const FOLDS = new Map(Object.entries({
  "\u00a0": " ", "\u202f": " ", "\u2009": " ", "\u00ad": "", "\u200b": "", "\u2018": "'", "\u2019": "'", "\u201c": '"', "\u201d": '"',
  "\u2013": "-", "\u2014": "-", "\u2011": "-", "\u2212": "-", "\u2026": "...", "\u2022": "-", "×": "x", "ª": "a", "º": "o",
  "œ": "oe", "Œ": "OE", "ł": "l", "Ł": "L", "đ": "d", "Đ": "D", "ı": "i", "ç": "c",
}));

function fold(sign) {
  if (BASIC.has(sign) || EXTENSION.has(sign)) return sign;
  const bare = sign.normalize("NFKD").replace(/\p{M}/gu, "");
  return bare && [...bare].every((part) => BASIC.has(part)) ? bare : sign;
}

export const folded = (text) => [...text.normalize("NFC")].flatMap((sign) => [...(FOLDS.get(sign) ?? sign)]).map(fold).join("");

/** {parts, left}: GSM-7 where every sign is in its tables, else UCS-2 (3GPP TS 23.038 and 23.040). */
export function lengthOf(text) {
  const signs = [...text];
  const gsm = signs.every((sign) => BASIC.has(sign) || EXTENSION.has(sign));
  const sizes = signs.map((sign) => (gsm ? (EXTENSION.has(sign) ? 2 : 1) : sign.length));
  const [single, part] = gsm ? [160, 153] : [70, 67];
  const units = sizes.reduce((sum, size) => sum + size, 0);
  if (units <= single) return { parts: 1, left: single - units };
  let parts = 1;
  let filled = 0;
  for (const size of sizes) {
    if (filled + size > part) [parts, filled] = [parts + 1, 0];
    filled += size;
  }
  return { parts, left: part - filled };
}

function start(place) {
  const field = document.getElementById(place.dataset.length);
  if (!field) return;
  const values = JSON.parse(place.dataset.values ?? "{}");
  const show = () => {
    const words = field.value.trim().replace(/\{(\w+)\}/g, (whole, name) => (name === "link" ? whole : values[name] ?? whole));
    const { parts, left } = lengthOf(folded(place.dataset.before + words).replaceAll("{link}", "h".repeat(place.dataset.link)));
    place.textContent = (parts === 1 ? place.dataset.one : place.dataset.many).replace("{parts}", parts).replace("{left}", left);
    place.classList.toggle("is-long", parts > 2);
  };
  field.addEventListener("input", show);
  show();
}

document.querySelectorAll("[data-length]").forEach(start);
