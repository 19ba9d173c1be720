// Inside the pickup pass. Browsers that have no workers, or trust this address too little for one, show the copy
// they keep by themselves.
if (!("kept" in document.documentElement.dataset)) {
  const here = location.pathname;
  navigator.serviceWorker?.register(`${here}/keeper.js`, { scope: here }).catch(() => {});
}
