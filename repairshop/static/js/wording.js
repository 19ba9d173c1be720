// <form data-wording="/address">: while somebody types, the server measures the words and draws the figures into
// #checked, so that they are the same as after "Check".

const PAUSE = 250; // ms without a key

function start(form) {
  const place = document.getElementById("checked");
  let timer = 0;
  let asking = null;

  async function ask() {
    asking?.abort();
    asking = new AbortController();
    try {
      const answer = await fetch(form.dataset.wording, {
        method: "POST",
        body: new FormData(form),
        signal: asking.signal,
        headers: { "X-Requested-With": "fetch" },
      });
      if (answer.ok && !answer.redirected) place.innerHTML = await answer.text();
    } catch (error) {
      if (error.name !== "AbortError") return; // "Check" says it, too
    }
  }

  form.addEventListener("input", () => {
    clearTimeout(timer);
    timer = setTimeout(ask, PAUSE);
  });
  // Somebody may have typed before this file was here.
  if ([...form.elements].some((field) => field.defaultValue !== undefined && field.value !== field.defaultValue)) ask();
}

document.querySelectorAll("[data-wording]").forEach(start);
