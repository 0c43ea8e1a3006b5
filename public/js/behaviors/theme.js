/* Changes the theme without loading the page; the form's own way keeps the choice. */
Behaviors.define('theme', ($form) => {
  $form.on('submit', (event) => {
    event.preventDefault();
    const $button = $form.find('button');
    const chosen = $button.val();
    const other = chosen === 'dark' ? 'light' : 'dark';
    $.post($form.attr('action'), `${$form.serialize()}&theme=${chosen}`);
    document.documentElement.dataset.theme = chosen;
    $button.val(other).attr({ 'aria-label': `Use the ${other} theme`, title: `Use the ${other} theme` });
  });
});
