/*
 * A search field that leaves of data-target what has all its words (data-filter), as they are typed. Groups that are
 * empty go too; data-note says so. Submitting still asks the server.
 */
Behaviors.define('filter', ($field) => {
  const $target = $($field.data('target'));
  const $note = $($field.data('note'));
  const usual = $note.text();
  $field.on('input', () => {
    const words = String($field.val()).toLowerCase().split(/\s+/).filter(Boolean);
    const $all = $target.find('[data-filter]');
    $all.each((_at, one) => {
      one.hidden = !words.every((word) => one.dataset.filter.includes(word));
    });
    $target.find('[data-filter-group]').each((_at, group) => {
      group.hidden = $(group).find('[data-filter]:not([hidden])').length === 0;
    });
    const isEmpty = $all.length > 0 && $all.filter(':not([hidden])').length === 0;
    $note.text(isEmpty ? $note.data('nothing') : usual);
  });
});
