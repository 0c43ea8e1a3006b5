/* Asks before a form is sent or a link followed: data-confirm holds the question. */
Behaviors.define('confirm', ($element) => {
  const event = $element.is('form') ? 'submit' : 'click';
  $element.on(event, (happened) => {
    if (window.confirm($element.data('confirm') ?? 'Are you sure?')) return;
    happened.preventDefault();
    happened.stopImmediatePropagation();
  });
});
