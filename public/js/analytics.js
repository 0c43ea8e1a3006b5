/* Google Analytics on our own public pages, where the operator has set a measurement id. */
(() => {
  const id = document.currentScript.dataset.measurement;
  window.dataLayer = window.dataLayer ?? [];
  function gtag() {
    // biome-ignore lint/complexity/noArguments: gtag.js wants the arguments object itself, not an array.
    window.dataLayer.push(arguments);
  }
  gtag('js', new Date());
  gtag('config', id, { anonymize_ip: true });
})();
