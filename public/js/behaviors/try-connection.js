/* A button that sends its form elsewhere and shows the answer in data-target, keeping what was typed. */
Behaviors.define('try-connection', ($button) => {
  const form = document.querySelector($button.data('form'));
  const target = document.querySelector($button.data('target'));
  $button.on('click', async (event) => {
    event.preventDefault();
    $button.addClass('is-loading');
    try {
      await Behaviors.load('swap');
      await Behaviors.swap(target, { url: $button.data('url'), method: 'post', data: $(form).serialize() });
    } catch (failure) {
      if (failure.status === 401) window.location.reload();
      $(target).removeAttr('aria-busy');
    } finally {
      $button.removeClass('is-loading');
    }
  });
});
