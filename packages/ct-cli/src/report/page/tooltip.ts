/**
 * The script of the page: what a mark says, beside the pointer or the finger.
 */

/** Without it marks keep their `<title>`, which browsers show themselves to who has a mouse. */
export const TOOLTIP = `
(() => {
  const tip = document.body.appendChild(document.createElement('div'));
  tip.id = 'tip';
  tip.hidden = true;
  // The description in the figure says the same to those who do not see it.
  tip.setAttribute('aria-hidden', 'true');
  const hide = () => { tip.hidden = true; };
  for (const svg of document.querySelectorAll('figure > svg')) {
    const marks = [...svg.querySelectorAll('g title')].map((title) => {
      const mark = { element: title.parentNode, text: title.textContent };
      title.remove();
      return mark;
    });
    const show = ({ clientX: x, clientY: y }) => {
      let nearest;
      for (const mark of marks) {
        const box = mark.element.getBoundingClientRect();
        const away = Math.hypot(
          Math.max(box.left - x, 0, x - box.right),
          Math.max(box.top - y, 0, y - box.bottom),
        );
        const centre = Math.hypot((box.left + box.right) / 2 - x, (box.top + box.bottom) / 2 - y) / 1000;
        if (away < 24 && away + centre < (nearest?.away ?? Infinity)) nearest = { away: away + centre, box, mark };
      }
      if (nearest === undefined) return hide();
      tip.textContent = nearest.mark.text;
      tip.hidden = false;
      const { width, height } = tip.getBoundingClientRect();
      const middle = (nearest.box.left + nearest.box.right) / 2;
      tip.style.left = Math.max(4, Math.min(innerWidth - width - 4, middle - width / 2)) + 'px';
      tip.style.top = (nearest.box.top > height + 12 ? nearest.box.top - height - 8 : nearest.box.bottom + 8) + 'px';
    };
    svg.addEventListener('pointermove', show);
    svg.addEventListener('pointerdown', show);
    svg.addEventListener('pointerleave', hide);
  }
  addEventListener('scroll', hide, { passive: true });
})();
`;
