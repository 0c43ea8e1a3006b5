/* Presses "Count" once more after a moment, for what the server is still counting. */
const COUNT_AGAIN_MS = 1500;

Behaviors.define('count-again', ($element) => {
  setTimeout(() => {
    if (document.contains($element[0]))
      $element.closest('form').find('button[value="count r"]').first().trigger('click');
  }, COUNT_AGAIN_MS);
});
