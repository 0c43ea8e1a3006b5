/*
 * The rule builder without leaving the page: its buttons and selects ask the server for the builder as it would be,
 * typing asks only for the count beside it. data-preview is the address that answers both. A count may take a
 * moment: what is typed and chosen meanwhile is put into the builder that comes back.
 */
Behaviors.define('rule-builder', ($form) => {
  const url = $form.data('preview');
  /** Fields that changed after the builder was asked for. */
  const since = new Map();
  let timer;
  let question;
  let focused;
  const ask = async (part, action) => {
    // A button pressed right out of a field that tells something answers that as well, and is not overtaken by it.
    if (part === 'builder') clearTimeout(question);
    await Behaviors.load('swap');
    const target = document.getElementById(part === 'preview' ? 'rule-preview' : 'rule-builder');
    const data = `${$form.serialize()}&${$.param({ part, action })}`;
    if (part === 'builder') since.clear();
    try {
      await Behaviors.swap(target, { url, method: 'post', data });
    } catch (failure) {
      $(target).removeAttr('aria-busy');
      if (failure.status === 401) window.location.reload();
      return;
    }
    if (part === 'builder') resume(action);
  };
  const resume = (action) => {
    // A removal moves the names of the fields behind it.
    const isMoved = /^(remove|unwhere) /.test(action);
    for (const [id, value] of isMoved ? [] : since) $(document.getElementById(id)).val(value);
    if (document.activeElement === document.body)
      refocus($form.find('#rule-builder [autofocus]')[0] ?? document.getElementById(focused));
    if (since.size > 0) countSoon();
  };
  const refocus = (field) => {
    field?.focus();
    if (field?.type === 'text') field.setSelectionRange(field.value.length, field.value.length);
  };
  const countSoon = () => {
    clearTimeout(timer);
    timer = setTimeout(() => ask('preview', 'count r'), 500);
  };
  $form.on('focusin', (event) => {
    focused = event.target.id;
  });
  $form.on('input', '#rule-builder :input', ({ target }) => since.set(target.id, target.value));
  $form.on('click', 'button[name="action"]', (event) => {
    event.preventDefault();
    ask('builder', event.currentTarget.value);
  });
  $form.on('change', 'select', () => ask('builder', 'show r'));
  $form.on('input', '#rule-builder input, #rule-builder textarea', ({ target }) => {
    // What was said of the condition was said of other words.
    $(target).closest('.rule-leaf').find('.rule-counts, .rule-dates, .rule-lint').remove();
    countSoon();
  });
  // Another name has other values to suggest, another time other dates. A field that leaves the page changes too,
  // with the builder it belonged to: that is no question.
  const telling = 'input[list$="-names"], input[name$=".w1"], input[name$=".w2"]';
  $form.on('change', telling, ({ target }) => {
    question = setTimeout(() => target.isConnected && ask('builder', 'show r'));
  });
});
