/* Asks once more after data-after seconds for what the server is still working out: its form, or the page. */
Behaviors.define('look-again', ($element) => {
  const form = $element.find('form')[0];
  setTimeout(() => (form ? form.submit() : window.location.reload()), Number($element.data('after')) * 1000);
});
