// Rows that can be chosen: their pictures or cells, and the panel of the one
// that was chosen last.

const codes = points.codes ? floats(points.codes) : null;
const sheets = points.tiles ? { input: sheet(points.tiles.inputs), reconstruction: sheet(points.tiles.reconstructions) } : null;

function sheet(uri) {
  const image = new Image();
  image.src = uri;
  return image;
}

/** One row's tile of a sheet; drawn later if the sheet is still being read. */
function tile(image, at, properties) {
  const { width, height, across } = points.tiles;
  const canvas = canvasOf(width, height, properties);
  function draw() {
    canvas.getContext('2d').drawImage(image, at % across * width, Math.floor(at / across) * height, width, height, 0, 0, width, height);
  }
  if (image.complete) draw();
  else image.addEventListener('load', draw, { once: true });
  return canvas;
}

function tiles(at, ids) {
  const one = (kind) => figure(tile(sheets[kind], at, { 'aria-label': kind + ' of ' + points.names[at], ...(ids ? { id: 'live-' + kind } : {}) }), kind);
  return make('div', { className: 'live-pair' }, one('input'), one('reconstruction'));
}

function cellText(column, value) {
  if (value === null) return 'missing';
  if (value === undefined) return '–';
  return typeof value === 'number' ? fixed(value, decimalsOfColumn(column)) : value;
}

/** The columns that a row's reconstruction misses most, as a part of their range. */
function missed(at, most) {
  const { input, reconstruction } = points.rows[at];
  const miss = (column, i) => {
    if (input[i] === null) return 0;
    if (typeof input[i] !== 'number' || typeof reconstruction[i] !== 'number') return input[i] === reconstruction[i] ? 0 : 1;
    return column.high > column.low ? Math.abs(changeOf(column, input[i], reconstruction[i])) / (column.high - column.low) : 0;
  };
  return columns
    .map((column, i) => ({ column, miss: miss(column, i), input: input[i], reconstruction: reconstruction[i] }))
    .sort((one, other) => other.miss - one.miss)
    .slice(0, most);
}

function cells(at, most) {
  const lines = missed(at, most).map(({ column, input, reconstruction }) => make('li', null,
    make('span', null, column.name),
    make('span', null, make('b', null, cellText(column, input)), ' → ' + cellText(column, reconstruction))));
  return make('ul', { className: 'live-cells' }, ...lines);
}

function facts(at) {
  const error = points.errors ? 'error ' + number(points.errors[at]) : '';
  const label = points.labels ? 'label ' + points.labels[at] : '';
  return make('p', { className: 'live-facts' }, make('b', null, points.names[at]), [label, error].filter(Boolean).join(' · '));
}

/** What a card shows of a row, in a few lines. */
function summary(at) {
  return [facts(at), sheets ? tiles(at) : points.rows ? cells(at, 3) : null].filter(Boolean);
}

// -------------------------------------------------------- the row chosen last

const panel = byId('live-row');
let desk = null;
let chosen = null;

function choose(at) {
  chosen = at;
  for (const ring of document.querySelectorAll('circle.ring')) ring.remove();
  for (const dot of dots) {
    dot.circle.classList.toggle('chosen', dot.at === at);
    if (dot.at === at) ringAround(dot);
  }
  fillPanel(at);
  takeCode(at);
}

/** Drawn last, so that no other dot hides it. */
function ringAround({ circle, x, y, svg }) {
  const ring = document.createElementNS('http://www.w3.org/2000/svg', 'circle');
  const radius = Number(circle.getAttribute('r')) + 4;
  for (const [name, value] of [['class', 'ring'], ['cx', x], ['cy', y], ['r', radius]]) ring.setAttribute(name, value);
  svg.append(ring);
}

function takeCode(at) {
  if (desk && codes) desk.take(codes.subarray(at * data.code, (at + 1) * data.code), points.names[at]);
}

function fillPanel(at) {
  const parts = [make('h3', null, 'Chosen row'), facts(at)];
  if (sheets) parts.splice(1, 0, tiles(at, true));
  if (!sheets && points.rows) {
    if (columns.length > MOST_COLUMNS) parts.push(make('p', { className: 'live-note' }, `The ${MOST_COLUMNS} of ${fixed(columns.length, 0)} columns missed most; input → reconstruction.`));
    else parts.push(make('p', { className: 'live-note' }, 'Input → reconstruction, columns missed most first.'));
    parts.push(cells(at, MOST_COLUMNS));
  }
  if (desk) parts.push(button('Go to the sliders', desk.focus, 'link'));
  if (desk && codes) parts.push(button('Take its code again', () => takeCode(at), 'link'));
  panel.replaceChildren(...parts);
}

function emptyPanel() {
  if (!points.names.length || !(dots.length || (desk && codes))) return;
  const place = dots.length ? dots[0].svg.closest('section[id]') : null;
  const map = place ? make('a', { href: '#' + place.id }, 'a map') : 'a map';
  const note = dots.length
    ? make('p', { className: 'live-note' }, 'None yet. Point at a dot on ', map, ' to see its row, and choose it to bring it here.')
    : make('p', { className: 'live-note' }, 'None yet.');
  panel.setAttribute('aria-live', 'polite');
  panel.replaceChildren(make('h3', null, 'Chosen row'), note);
}
