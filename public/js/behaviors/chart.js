/* Says the figures of the day under the pointer, read from the chart's own table. */
Behaviors.define('chart', ($figure) => {
  const rows = $figure.find('tbody tr').toArray();
  const heads = $figure
    .find('thead th')
    .toArray()
    .map((head) => head.textContent);
  const $svg = $figure.find('svg');
  if (rows.length < 2) return;
  const $tip = $('<p class="chart-tip" aria-hidden="true"></p>').appendTo($figure).hide();
  const scale = () => $svg.width() / Number($figure.data('width'));
  $svg.on('pointermove', (event) => {
    const left = Number($figure.data('left')) * scale();
    const right = Number($figure.data('right')) * scale();
    const x = event.clientX - $svg[0].getBoundingClientRect().left;
    const index = Math.round(((x - left) / (right - left)) * (rows.length - 1));
    const cells = rows[Math.max(0, Math.min(rows.length - 1, index))].children;
    const figures = [...cells].map((cell, at) =>
      at === 0 ? cell.textContent : `${heads[at]}: ${cell.textContent}`,
    );
    $tip
      .text(figures.join(' · '))
      .show()
      .css({ left: Math.min(Math.max(0, x - 60), $svg.width() - 160) });
  });
  $svg.on('pointerleave', () => $tip.hide());
});
