/* A button that copies the text of data-copy, or of the element that data-source names. */
Behaviors.define('copy', ($button) => {
  const label = $button.text();
  $button.removeAttr('hidden').on('click', async () => {
    const text = $button.data('copy') ?? $($button.data('source')).text().trim();
    await navigator.clipboard.writeText(text);
    $button.text('Copied');
    setTimeout(() => $button.text(label), 2000);
  });
});
