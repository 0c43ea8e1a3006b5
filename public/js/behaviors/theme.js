/* Changes the theme without loading the page; the form's own way keeps the choice. */
Behaviors.define('theme', ($form) => {
  const $button = $form.find('button');
  const offer = (theme) => {
    const label = `Use the ${theme} theme`;
    $button.val(theme).attr({ 'aria-label': label, title: label });
  };
  const root = document.documentElement;
  // Whoever chose nothing sees the theme of the system, which the server cannot know.
  if (!root.dataset.theme && window.matchMedia('(prefers-color-scheme: dark)').matches) offer('light');
  $form.on('submit', (event) => {
    event.preventDefault();
    const chosen = $button.val();
    $.post($form.attr('action'), `${$form.serialize()}&theme=${chosen}`);
    root.dataset.theme = chosen;
    offer(chosen === 'dark' ? 'light' : 'dark');
  });
});
