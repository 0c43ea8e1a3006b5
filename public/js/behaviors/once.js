/* A form cannot be sent twice. Going back to the page opens it again. */
Behaviors.define('once', ($form) => {
  $form.on('submit', (event) => {
    if ($form.data('sent')) return event.preventDefault();
    if (event.isDefaultPrevented()) return;
    $form.data('sent', true).attr('aria-busy', 'true');
    $form.find('[type="submit"]').addClass('is-loading');
  });
  window.addEventListener('pageshow', () => {
    $form.data('sent', false).removeAttr('aria-busy').find('[type="submit"]').removeClass('is-loading');
  });
});
