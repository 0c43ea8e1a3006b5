/*
 * The one place where HTML enters the page, and only HTML that our own server made. A form or link with
 * data-behavior="swap" and data-target="#id" puts what the server answers into the target instead of leaving.
 * data-on="input" sends a form while it is typed in; data-url asks another address than the form's own.
 */
Behaviors.swap = (() => {
  const newest = new WeakMap();
  return async (target, request) => {
    const turn = (newest.get(target) ?? 0) + 1;
    newest.set(target, turn);
    $(target).attr('aria-busy', 'true');
    const html = await $.ajax({
      ...request,
      dataType: 'html',
      headers: { 'x-csrf-token': Behaviors.token() },
    });
    // An answer that was overtaken by a later question is not shown.
    if (newest.get(target) !== turn) return;
    $(target).removeAttr('aria-busy').html(html);
    Behaviors.bind(target);
  };
})();

Behaviors.define('swap', ($element) => {
  const target = document.querySelector($element.data('target'));
  const wait = Number($element.data('wait') ?? 350);
  let timer;
  const send = (event) => {
    event?.preventDefault();
    const isForm = $element.is('form');
    const url = $element.data('url') ?? $element.attr(isForm ? 'action' : 'href');
    const method = $element.data('method') ?? (isForm ? $element.attr('method') : 'get') ?? 'get';
    Behaviors.swap(target, { url, method, data: isForm ? $element.serialize() : undefined }).catch(
      (failure) => {
        $(target).removeAttr('aria-busy');
        if (failure.status === 401) window.location.reload();
      },
    );
  };
  if (!target) return;
  if ($element.data('on') === 'input') {
    $element.on('input change', () => {
      clearTimeout(timer);
      timer = setTimeout(send, wait);
    });
  } else {
    $element.on($element.is('form') ? 'submit' : 'click', send);
  }
});
