// Photos shrink before they travel and lose what the camera wrote into them (place, time).
// A photo the browser cannot read goes as it is; the server makes it anew in any case.

const LONGEST = 1600;

export async function shrink(file) {
  try {
    const picture = await createImageBitmap(file, { imageOrientation: "from-image" });
    const scale = Math.min(1, LONGEST / Math.max(picture.width, picture.height));
    const canvas = document.createElement("canvas");
    canvas.width = Math.round(picture.width * scale);
    canvas.height = Math.round(picture.height * scale);
    canvas.getContext("2d").drawImage(picture, 0, 0, canvas.width, canvas.height);
    picture.close();
    const blob = await new Promise((done) => canvas.toBlob(done, "image/jpeg", 0.85));
    return new File([blob], file.name.replace(/\.\w+$/, "") + ".jpg", { type: "image/jpeg" });
  } catch {
    return file;
  }
}

function start(root) {
  const input = root.querySelector("input[type=file]");
  const list = root.querySelector("[data-photos-list]");
  let kept = [];

  function show() {
    const files = new DataTransfer();
    kept.forEach((file) => files.items.add(file));
    input.files = files.files;
    list.querySelectorAll("img").forEach((picture) => URL.revokeObjectURL(picture.src));
    list.replaceChildren(...kept.map(item));
  }

  function item(file) {
    const line = document.createElement("li");
    const picture = document.createElement("img");
    picture.src = URL.createObjectURL(file);
    picture.alt = file.name;
    const remove = document.createElement("button");
    remove.type = "button";
    remove.className = "button button-plain";
    remove.textContent = root.dataset.remove;
    remove.setAttribute("aria-label", `${root.dataset.remove} ${file.name}`);
    remove.addEventListener("click", () => {
      kept = kept.filter((other) => other !== file);
      show();
      input.focus();
    });
    line.append(picture, remove);
    return line;
  }

  input.addEventListener("change", () => {
    const chosen = [...input.files];
    const work = Promise.all(chosen.map(shrink)).then((files) => {
      kept = input.multiple ? [...kept, ...files] : files;
      show();
    });
    if (input.form) input.form.unfinished = work; // a form sent meanwhile waits for this
  });
}

document.querySelectorAll("[data-photos]").forEach(start);
