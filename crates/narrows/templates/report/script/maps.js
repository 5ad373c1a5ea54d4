// Dots of maps: the row under the pointer, a click, the keyboard.

function onNewWidth(action) {
  let width = innerWidth;
  addEventListener('resize', () => {
    if (width !== innerWidth) action();
    width = innerWidth;
  });
}

const dots = Array.from(document.querySelectorAll('circle[data-at]'), (circle) => ({
  circle,
  at: Number(circle.dataset.at),
  x: Number(circle.getAttribute('cx')),
  y: Number(circle.getAttribute('cy')),
  svg: circle.ownerSVGElement,
})).filter((dot) => dot.at < points.names.length);

/** The dots of each map, and the one that the Tab key reaches. */
function mapsOf() {
  const maps = new Map();
  for (const dot of dots) {
    if (!maps.has(dot.svg)) maps.set(dot.svg, []);
    maps.get(dot.svg).push(dot);
  }
  return maps;
}

function watchMaps() {
  const maps = mapsOf();
  const card = make('div', { className: points.rows && !sheets ? 'live-card cells' : 'live-card', hidden: true });
  let shown = null;
  let pinned = false;
  let near = null;
  let resting = 0;

  /** The dot nearest to the pointer, if it is near: dots are too small to hit. */
  function nearest(event) {
    const svg = within(event, 'svg');
    const among = maps.get(svg);
    if (!among) return null;
    const hit = among.find((dot) => dot.circle === event.target);
    if (hit) return hit;
    const matrix = svg.getScreenCTM();
    const x = (event.clientX - matrix.e) / matrix.a;
    const y = (event.clientY - matrix.f) / matrix.d;
    let reach = ((event.pointerType === 'touch' ? 22 : 9) / matrix.a) ** 2;
    let found = null;
    for (const dot of among) {
      const far = (dot.x - x) ** 2 + (dot.y - y) ** 2;
      if (far < reach) [reach, found] = [far, dot];
    }
    return found;
  }

  function mark(dot) {
    if (near) near.circle.classList.remove('near');
    if (dot) dot.circle.classList.add('near');
    near = dot;
  }

  function show(dot, pin) {
    shown = dot;
    pinned = pin;
    card.classList.toggle('pinned', pin);
    card.replaceChildren(...summary(dot.at));
    if (pin && desk) card.append(button('Go to the sliders', leaveForSliders, 'link'));
    else if (pin) card.append(button('Go to the chosen row', () => panel.scrollIntoView(), 'link'));
    if (card.previousElementSibling !== dot.svg) dot.svg.after(card);
    card.hidden = false;
    place(dot);
  }

  function leaveForSliders() {
    hide();
    desk.focus();
  }

  function hide() {
    shown = null;
    pinned = false;
    card.hidden = true;
  }

  /** Beside the dot, on the side that has room. */
  function place(dot) {
    const spot = dot.circle.getBoundingClientRect();
    const [width, height] = [card.offsetWidth, card.offsetHeight];
    const page = document.documentElement;
    const right = spot.right + 12 + width < page.clientWidth;
    const left = right ? spot.right + 12 : Math.max(spot.left - 12 - width, 8);
    const top = clamp(spot.top - height / 3, 8, Math.max(8, page.clientHeight - height - 8));
    card.style.left = Math.min(left, page.clientWidth - width - 8) + scrollX + 'px';
    card.style.top = top + scrollY + 'px';
  }

  function hover(event) {
    if (event.pointerType === 'touch') return;
    if (within(event, '.live-card')) return clearTimeout(resting);
    const dot = nearest(event);
    if (dot === near) return;
    clearTimeout(resting);
    mark(dot);
    // A pinned card gives way only to a dot that the pointer rests on, so
    // that its button can be reached across the map.
    if (pinned && dot) resting = setTimeout(() => show(dot, false), 300);
    else if (dot) show(dot, false);
    else if (!pinned) hide();
  }

  function click(event) {
    if (within(event, '.live-card')) return;
    const dot = nearest(event);
    if (dot) pick(dot);
    else if (shown) hide();
  }

  function pick(dot) {
    clearTimeout(resting);
    choose(dot.at);
    show(dot, true);
    reach(dot);
  }

  /** One dot of a map is in the tab order; arrows move among the others. */
  function reach(dot) {
    for (const other of maps.get(dot.svg)) other.circle.setAttribute('tabindex', other === dot ? 0 : -1);
  }

  function beside(dot, [dx, dy]) {
    let best = Infinity;
    let found = null;
    for (const other of maps.get(dot.svg)) {
      const along = (other.x - dot.x) * dx + (other.y - dot.y) * dy;
      const across = Math.abs((other.x - dot.x) * dy) + Math.abs((other.y - dot.y) * dx);
      const far = along ** 2 + 4 * across ** 2;
      if (along > 0 && across <= along && far < best) [best, found] = [far, other];
    }
    return found;
  }

  const ARROWS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

  function key(event) {
    if (event.key === 'Escape' && shown) return hide();
    const dot = dots.find((one) => one.circle === event.target);
    if (!dot) return;
    const next = ARROWS[event.key] && beside(dot, ARROWS[event.key]);
    if (next) {
      reach(next);
      next.circle.focus({ preventScroll: true });
    } else if (event.key === 'Enter' || event.key === ' ') {
      pick(dot);
    } else if (!ARROWS[event.key]) {
      return;
    }
    event.preventDefault();
  }

  function focus(event) {
    const dot = dots.find((one) => one.circle === event.target);
    if (dot && dot.circle.matches(':focus-visible') && !(pinned && shown === dot)) show(dot, false);
  }

  for (const [svg, among] of maps) {
    svg.setAttribute('role', 'group');
    among.forEach(({ circle, at }, i) => {
      // The card says more than the title, and both would be shown.
      const title = circle.querySelector('title');
      circle.setAttribute('aria-label', title ? title.textContent : points.names[at]);
      if (title) title.remove();
      circle.setAttribute('role', 'button');
      circle.setAttribute('tabindex', i ? -1 : 0);
    });
    svg.addEventListener('pointerleave', (event) => {
      clearTimeout(resting);
      mark(null);
      if (!pinned && event.pointerType !== 'touch') hide();
    });
  }
  document.addEventListener('pointermove', hover);
  document.addEventListener('click', click);
  document.addEventListener('keydown', key);
  document.addEventListener('focusin', focus);
  // The dot has moved from under the card; a height changes by scrolling alone.
  onNewWidth(hide);
}
