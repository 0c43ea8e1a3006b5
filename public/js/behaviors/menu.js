/* A menu of details and summary closes on Escape, and when something else is touched. */
Behaviors.define('menu', ($menu) => {
  $(document).on('click', (event) => {
    if (!$menu[0].contains(event.target)) $menu.removeAttr('open');
  });
  $menu.on('keydown', (event) => {
    if (event.key !== 'Escape') return;
    $menu.removeAttr('open').children('summary').trigger('focus');
  });
});
