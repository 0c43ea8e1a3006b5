/*
 * Asks again for a part of the page while work is running: data-url, data-every (seconds). It ends when the
 * server's answer no longer holds data-polling, and goes slower when nobody looks. With data-after="reload" the
 * rest of the page then follows, unless somebody is at a field of it.
 */
Behaviors.define('poll', ($element) => {
  const everyMs = Number($element.data('every') ?? 3) * 1000;
  const element = $element[0];
  const again = () => setTimeout(ask, document.hidden ? everyMs * 10 : everyMs);
  const ask = async () => {
    if (!document.contains(element)) return;
    try {
      await Behaviors.load('swap');
      await Behaviors.swap(element, { url: $element.data('url'), method: 'get' });
    } catch (failure) {
      $element.removeAttr('aria-busy');
      if (failure.status === 401) return window.location.reload();
      return again();
    }
    if ($element.find('[data-polling]').length > 0) return again();
    if ($element.data('after') === 'reload' && !$(document.activeElement).is(':input'))
      window.location.reload();
  };
  again();
});
