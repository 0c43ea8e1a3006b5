/*
 * The rule builder without leaving the page: its buttons and selects ask the server for the builder as it would be,
 * typing asks only for the count beside it. data-preview is the address that answers both.
 */
Behaviors.define('rule-builder', ($form) => {
  const url = $form.data('preview');
  let timer;
  const ask = async (part, action) => {
    await Behaviors.load('swap');
    const target = document.getElementById(part === 'preview' ? 'rule-preview' : 'rule-builder');
    const focused = document.activeElement?.id;
    const data = `${$form.serialize()}&${$.param({ part, action })}`;
    await Behaviors.swap(target, { url, method: 'post', data });
    if (focused && part !== 'preview') document.getElementById(focused)?.focus();
  };
  $form.on('click', 'button[name="action"]', (event) => {
    event.preventDefault();
    ask('builder', event.currentTarget.value);
  });
  $form.on('change', 'select', () => ask('builder', 'show r'));
  $form.on('input', '#rule-builder input, #rule-builder textarea', () => {
    clearTimeout(timer);
    timer = setTimeout(() => ask('preview', 'count r'), 500);
  });
});
