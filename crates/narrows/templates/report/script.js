// The interactive part of a report: the decoder behind sliders, and maps whose
// dots are rows. Everything comes from the page itself; nothing is loaded.
(function () {
'use strict';

const data = JSON.parse(document.getElementById('page-data').textContent);
const points = data.points || { names: [] };
const columns = data.columns || [];
const ROWS_OF_SLIDERS = 8;
const MOST_COLUMNS = 24;
const MOST_LEVELS = 12;
const SWEEP_SECONDS = 5;
const calm = matchMedia('(prefers-reduced-motion: reduce)');

// ---------------------------------------------------------------- small help

function byId(id) {
  return document.getElementById(id);
}

/** An element with properties (or, by a dash, attributes) and children. */
function make(tag, properties, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(properties || {})) {
    if (name.includes('-') || name === 'role' || name === 'for') element.setAttribute(name, value);
    else element[name] = value;
  }
  element.append(...children.filter((child) => child !== null));
  return element;
}

function button(text, action, className) {
  const element = make('button', { type: 'button', className: className || '' }, text);
  element.addEventListener('click', action);
  return element;
}

/** The element around an event's target; a target may be the document too. */
function within(event, selector) {
  return event.target instanceof Element ? event.target.closest(selector) : null;
}

function bytes(base64) {
  const text = atob(base64);
  const array = new Uint8Array(text.length);
  for (let i = 0; i < text.length; i++) array[i] = text.charCodeAt(i);
  return array;
}

function floats(base64) {
  return new Float32Array(bytes(base64).buffer);
}

function clamp(value, low, high) {
  return Math.min(Math.max(value, low), high);
}

/** A share of the way from low to high; the middle where there is no way. */
function share(value, low, high) {
  return high > low ? clamp((value - low) / (high - low), 0, 1) : 0.5;
}

// ------------------------------------------------------------------- numbers

/** A given number of decimals, with thousands apart and a true minus. */
function fixed(value, decimals) {
  if (!Number.isFinite(value)) return '–';
  if (Math.abs(value) >= 1e12) return value.toExponential(2).replace(/-/g, '−').replace('+', '');
  const [whole, part] = Math.abs(value).toFixed(decimals).split('.');
  const text = whole.replace(/\B(?=(\d{3})+$)/g, ',') + (part ? '.' + part : '');
  return (value < 0 && /[1-9]/.test(text) ? '−' : '') + text;
}

/** Four significant digits, or all before the point. */
function number(value) {
  const size = Math.abs(value);
  if (size === 0) return '0';
  if (size < 1e-4 || size >= 1e9) return value.toExponential(2).replace(/-/g, '−').replace('+', '');
  return fixed(value, clamp(3 - Math.floor(Math.log10(size)), 0, 7));
}

function signed(value, decimals) {
  const text = fixed(value, decimals);
  return value > 0 && /[1-9]/.test(text) ? '+' + text : text;
}

/** As many decimals as tell a few hundred values of a range apart. */
function decimalsOf(low, high) {
  return high > low ? clamp(Math.ceil(2 - Math.log10(high - low)), 0, 6) : 2;
}

function decimalsOfColumn(column) {
  return decimalsOf(column.low, column.high);
}

// ------------------------------------------------------------------- decoder

const SELU_SCALE = 1.0507009873554805;
const SELU_ALPHA = 1.6732632423543772;

const ACTIVATIONS = {
  identity: (z) => z,
  sigmoid: (z) => 1 / (1 + Math.exp(-z)),
  tanh: Math.tanh,
  relu: (z) => (z < 0 ? 0 : z),
  leaky_relu: (z) => (z < 0 ? 0.01 * z : z),
  elu: (z) => (z < 0 ? Math.expm1(z) : z),
  selu: (z) => SELU_SCALE * (z < 0 ? SELU_ALPHA * Math.expm1(z) : z),
  gelu: (z) => 0.5 * z * (1 + erf(z * Math.SQRT1_2)),
  softplus: (z) => Math.max(z, 0) + Math.log1p(Math.exp(-Math.abs(z))),
};

/** Abramowitz & Stegun 7.1.26, right to 1.5e-7. */
function erf(x) {
  const t = 1 / (1 + 0.3275911 * Math.abs(x));
  const tail = ((((1.061405429 * t - 1.453152027) * t + 1.421413741) * t - 0.284496736) * t + 0.254829592) * t;
  return Math.sign(x) * (1 - tail * Math.exp(-x * x));
}

function layer(given) {
  return {
    inputs: given.inputs,
    outputs: given.outputs,
    activation: ACTIVATIONS[given.activation],
    // Kept as floats: a loop over bytes would convert each one every time.
    weights: Float32Array.from(new Int8Array(bytes(given.weights).buffer)),
    scales: floats(given.scales),
    bias: floats(given.bias),
    sums: new Float32Array(given.outputs),
  };
}

/** y = a(b + s xW), into the layer's own array. */
function apply({ inputs, outputs, activation, weights, scales, bias, sums }, x) {
  sums.fill(0);
  for (let i = 0; i < inputs; i++) {
    const value = x[i];
    if (value === 0) continue;
    const row = i * outputs;
    for (let o = 0; o < outputs; o++) sums[o] += value * weights[row + o];
  }
  for (let o = 0; o < outputs; o++) sums[o] = activation(bias[o] + sums[o] * scales[o]);
  return sums;
}

/** A function from a code to features in the data's own units. */
function decoderOf(given) {
  const layers = given.map(layer);
  const factor = floats(data.own.factor);
  const offset = floats(data.own.offset);
  return function decode(code) {
    let x = code;
    for (const each of layers) x = apply(each, x);
    const values = new Float32Array(data.features);
    for (let f = 0; f < values.length; f++) values[f] = x[f] * factor[f] + offset[f];
    return values;
  };
}

// ------------------------------------------------------------ decoded images

function figure(canvas, caption) {
  return make('figure', null, canvas, make('figcaption', null, caption));
}

function canvasOf(width, height, properties) {
  const canvas = make('canvas', { width, height, role: 'img', 'aria-live': 'off', ...properties });
  canvas.style.aspectRatio = width + ' / ' + height;
  return canvas;
}

/** The colours of changes, which follow the light or dark scheme. */
function changeColours() {
  const style = getComputedStyle(document.documentElement);
  const colour = (name) => style.getPropertyValue(name).split(',').map(Number);
  return { more: colour('--more'), less: colour('--less') };
}

function pictureView(box) {
  const { height, width, channels } = data.image;
  const [low, high] = data.pixels;
  const grey = new Float32Array(height * width * channels);
  const now = canvasOf(width, height, { id: 'live-picture', 'aria-label': 'The decoded picture' });
  const was = canvasOf(width, height, { 'aria-label': 'The picture before the sliders moved' });
  const change = canvasOf(width, height, { className: 'change', 'aria-label': 'How the picture changed' });
  const from = make('span');
  const legend = make('span', { className: 'long' });
  box.append(make('div', { className: 'live-pictures' },
    figure(now, 'decoded from the sliders'), figure(was, from), figure(change, make('span', null, 'what changed', legend))));

  /** Own values as brightness from 0 to 255. */
  function brightness(values) {
    for (let i = 0; i < grey.length; i++) grey[i] = clamp((values[i] - low) / (high - low) * 255, 0, 255);
    return grey;
  }

  function paint(canvas, pixel) {
    const context = canvas.getContext('2d');
    const image = context.createImageData(width, height);
    for (let p = 0; p < height * width; p++) pixel(image.data, p);
    context.putImageData(image, 0, 0);
  }

  // Three channels are a colour; of any other number the first is shown.
  function paintValues(canvas, values) {
    const shown = brightness(values);
    const step = channels === 3 ? 1 : 0;
    paint(canvas, (out, p) => {
      for (let c = 0; c < 3; c++) out[4 * p + c] = Math.round(shown[p * channels + c * step]);
      out[4 * p + 3] = 255;
    });
  }

  function paintChange(values, before) {
    const { more, less } = changeColours();
    const counted = channels === 3 ? 3 : 1;
    const first = Float32Array.from(brightness(before));
    const second = brightness(values);
    let most = 0;
    paint(change, (out, p) => {
      let by = 0;
      for (let c = 0; c < counted; c++) by += second[p * channels + c] - first[p * channels + c];
      const colour = by > 0 ? more : less;
      for (let c = 0; c < 3; c++) out[4 * p + c] = colour[c];
      const size = Math.abs(by) / counted;
      out[4 * p + 3] = Math.min(255, 2 * size);
      most = Math.max(most, size);
    });
    legend.textContent = most < 1 ? ': nothing yet' : ': orange brighter, blue darker';
  }

  return {
    /** The values to compare with, and what they are called. */
    start(values, name) {
      from.textContent = 'from ' + name;
      paintValues(was, values);
    },
    show(values, before) {
      paintValues(now, values);
      paintChange(values, before);
    },
    order() {},
  };
}

// ----------------------------------------------------------- decoded columns

function levelOf(column, values) {
  let best = 0;
  for (let i = 1; i < column.levels.length; i++) {
    if (values[column.from + i] > values[column.from + best]) best = i;
  }
  return best;
}

function textOf(column, values) {
  return column.levels ? column.levels[levelOf(column, values)] : fixed(values[column.from], decimalsOfColumn(column));
}

/** How far a column moves between two decoded rows, as a part of its range. */
function moved(column, a, b) {
  if (!column.levels) return column.high > column.low ? Math.abs(a[column.from] - b[column.from]) / (column.high - column.low) : 0;
  let sum = 0;
  for (let i = column.from; i < column.from + column.levels.length; i++) sum += Math.abs(clamp(a[i], 0, 1) - clamp(b[i], 0, 1));
  return sum / 2;
}

/** A line from low to high: a tick for the value before, a dot for the value now. */
function rangeOf(column) {
  const span = make('i', { className: 'span' });
  const was = make('i', { className: 'was' });
  const now = make('i', { className: 'now' });
  const decimals = decimalsOfColumn(column);
  const title = fixed(column.low, decimals) + ' to ' + fixed(column.high, decimals);
  return {
    element: make('div', { className: 'live-range', title }, span, was, now),
    show(values, before, by) {
      const to = share(values[column.from], column.low, column.high);
      const from = share(before[column.from], column.low, column.high);
      now.style.left = 100 * to + '%';
      was.style.left = 100 * from + '%';
      span.style.left = 100 * Math.min(from, to) + '%';
      span.style.width = 100 * Math.abs(to - from) + '%';
      span.className = to > from ? 'span up' : 'span';
      const change = values[column.from] - before[column.from];
      const text = signed(change, decimals);
      by.textContent = /[1-9]/.test(text) ? text : '';
      by.className = change > 0 ? 'by up' : 'by down';
    },
  };
}

/** A small bar for each level, unless they are many; the level before underlined. */
function levelsOf(column) {
  const few = column.levels.length <= MOST_LEVELS;
  const bars = few ? column.levels.map((level) => make('i', { title: level })) : [];
  return {
    element: make('div', { className: 'live-levels' }, ...bars),
    show(values, before, by) {
      const old = levelOf(column, before);
      bars.forEach((bar, i) => {
        bar.style.setProperty('--share', 100 * clamp(values[column.from + i], 0, 1) + '%');
        bar.className = i === old ? 'was' : '';
      });
      by.textContent = levelOf(column, values) === old ? '' : 'was ' + column.levels[old];
      by.className = 'by';
      by.title = by.textContent;
    },
  };
}

function columnLine(column) {
  const bar = column.levels ? levelsOf(column) : rangeOf(column);
  const value = make('span', { className: 'value' });
  const by = make('span', { className: 'by' });
  const name = make('span', { className: 'column', title: column.name }, column.name);
  return {
    element: make('li', null, name, bar.element, value, by),
    show(values, before) {
      value.textContent = textOf(column, values);
      if (column.levels) value.title = value.textContent;
      bar.show(values, before, by);
    },
  };
}

function columnsView(box) {
  const lines = new Map();
  const list = make('ol', { className: 'live-columns', id: 'live-columns' });
  const note = make('p', { className: 'live-note' });
  let shown = [];
  let start = '';
  let which = '';
  box.append(note, list);

  /** Made when first shown: a table may have thousands of columns. */
  function line(column) {
    if (!lines.has(column)) lines.set(column, columnLine(column));
    return lines.get(column);
  }

  function say() {
    note.textContent = which + ' The tick is the value for ' + start + ', the dot the value now; the line runs over the values that rows have.';
  }

  return {
    start(values, name) {
      start = name;
      say();
    },
    show(values, before) {
      for (const each of shown) each.show(values, before);
    },
    /** Columns that differ most between two decoded rows come first. The order
        stays while a slider moves, so that no line jumps under the eye. */
    order(unit, a, b) {
      shown = columns
        .map((column) => ({ column, by: moved(column, a, b) }))
        .sort((one, other) => other.by - one.by)
        .slice(0, MOST_COLUMNS)
        .map(({ column }) => line(column));
      list.replaceChildren(...shown.map((each) => each.element));
      which = shown.length < columns.length
        ? `The ${shown.length} of ${fixed(columns.length, 0)} columns that unit ${unit + 1} moves most.`
        : `Columns that unit ${unit + 1} moves most come first.`;
      say();
    },
  };
}

// ------------------------------------------------------------------- sliders

/** The sliders and what they show; the rest of the page sets a code by `take`. */
function controls(decode) {
  const mean = data.start ? floats(data.start) : new Float32Array(data.code);
  const code = Float32Array.from(mean);
  const view = (data.image ? pictureView : columnsView)(byId('live-shown'));
  const sliders = data.sliders.map(sliderOf);
  const sweepButton = button('Sweep', sweep);
  // The same for all, so that their values can be compared at a glance.
  const decimals = Math.max(...data.sliders.map(({ low, high }) => decimalsOf(low, high)));
  let active = null;
  let before = decode(code);
  let waiting = 0;
  let sweeping = 0;

  function sliderOf(given, place) {
    const input = make('input', {
      type: 'range', id: 'live-unit-' + (given.unit + 1),
      min: given.low, max: given.high, step: (given.high - given.low) / 200 || 'any',
    });
    const value = make('span', { className: 'value' });
    const element = make('div', { className: 'live-slider', hidden: place >= ROWS_OF_SLIDERS },
      make('label', { for: input.id }, 'unit ' + (given.unit + 1)), input, value);
    const slider = { ...given, input, value, element };
    input.addEventListener('input', () => {
      stop();
      set(slider, Number(input.value));
    });
    input.addEventListener('focus', () => activate(slider));
    return slider;
  }

  function set(slider, value) {
    activate(slider);
    code[slider.unit] = value;
    write(slider);
    draw();
  }

  /** Puts the code's value, which may lie outside the slider's range, on show. */
  function write(slider) {
    const value = code[slider.unit];
    const text = fixed(value, decimals);
    slider.input.value = value;
    slider.input.style.setProperty('--now', share(value, slider.low, slider.high));
    slider.input.setAttribute('aria-valuetext', text);
    slider.value.textContent = text;
  }

  function activate(slider) {
    if (active === slider) return;
    stop();
    if (active) active.element.classList.remove('active');
    active = slider;
    slider.element.classList.add('active');
    nameSweep();
    const ends = [slider.low, slider.high].map((end) => {
      const there = Float32Array.from(code);
      there[slider.unit] = end;
      return decode(there);
    });
    view.order(slider.unit, ...ends);
    draw();
  }

  function draw() {
    if (!waiting) waiting = requestAnimationFrame(drawNow);
  }

  function drawNow() {
    waiting = 0;
    view.show(decode(code), before);
  }

  /** Sets the whole code; changes are shown against it from now on. */
  function take(from, name) {
    stop();
    code.set(from);
    before = decode(code);
    for (const slider of sliders) {
      slider.input.style.setProperty('--was', share(code[slider.unit], slider.low, slider.high));
      write(slider);
    }
    view.start(before, name);
    draw();
  }

  function takeMean() {
    take(mean, 'the mean code');
  }

  function nameSweep() {
    const verb = sweeping ? 'Stop' : calm.matches ? 'Step' : 'Sweep';
    sweepButton.textContent = verb + ' unit ' + (active.unit + 1);
  }

  /** One wave over the whole range, from the present value and back to it. */
  function sweep() {
    if (sweeping) return stop();
    if (calm.matches) return step();
    const slider = active;
    const middle = (slider.low + slider.high) / 2;
    const reach = (slider.high - slider.low) / 2;
    const value = code[slider.unit];
    const phase = Math.asin(clamp((value - middle) / reach || 0, -1, 1));
    let began = null;
    function frame(time) {
      if (began === null) began = time;
      const done = (time - began) / 1000 / SWEEP_SECONDS;
      set(slider, done < 1 ? middle + reach * Math.sin(phase + 2 * Math.PI * done) : value);
      if (done < 1) sweeping = requestAnimationFrame(frame);
      else stop();
    }
    sweeping = requestAnimationFrame(frame);
    nameSweep();
  }

  /** For readers who want no motion: the next of five values, at each press. */
  function step() {
    const at = share(code[active.unit], active.low, active.high);
    const next = at > 0.99 ? 0 : (Math.floor(at * 4 + 0.01) + 1) / 4;
    set(active, active.low + next * (active.high - active.low));
  }

  function stop() {
    if (!sweeping) return;
    cancelAnimationFrame(sweeping);
    sweeping = 0;
    nameSweep();
  }

  function moreButton() {
    const hidden = sliders.length - ROWS_OF_SLIDERS;
    if (hidden <= 0) return null;
    const more = button(`More units (${hidden})`, () => {
      const open = more.getAttribute('aria-expanded') !== 'true';
      sliders.slice(ROWS_OF_SLIDERS).forEach((slider) => { slider.element.hidden = !open; });
      more.setAttribute('aria-expanded', open);
      more.textContent = open ? 'Fewer units' : `More units (${hidden})`;
    }, 'link');
    more.setAttribute('aria-expanded', false);
    return more;
  }

  function note() {
    const left = data.code - sliders.length;
    return left > 0 ? make('p', { className: 'live-note' }, `The other ${fixed(left, 0)} units keep the value of the code last taken.`) : null;
  }

  function build() {
    const buttons = make('div', { className: 'live-buttons' }, button('Mean code', takeMean));
    if (points.codes) buttons.append(button('Random row', () => choose(Math.floor(Math.random() * points.names.length))));
    buttons.append(sweepButton);
    byId('live-controls').append(...[buttons, ...sliders.map((slider) => slider.element), moreButton(), note()].filter(Boolean));
    takeMean();
    activate(sliders[0]);
    matchMedia('(prefers-color-scheme: dark)').addEventListener('change', draw);
    calm.addEventListener('change', nameSweep);
  }

  build();
  return {
    take,
    focus() {
      byId('live').scrollIntoView({ behavior: calm.matches ? 'auto' : 'smooth' });
      active.input.focus({ preventScroll: true });
    },
  };
}

// ---------------------------------------------------------------------- rows

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
  if (value === null || value === undefined) return '–';
  return typeof value === 'number' ? fixed(value, decimalsOfColumn(column)) : value;
}

/** The columns that a row's reconstruction misses most, as a part of their range. */
function missed(at, most) {
  const { input, reconstruction } = points.rows[at];
  const miss = (column, i) => {
    if (typeof input[i] !== 'number' || typeof reconstruction[i] !== 'number') return input[i] === reconstruction[i] ? 0 : 1;
    return column.high > column.low ? Math.abs(input[i] - reconstruction[i]) / (column.high - column.low) : 0;
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

// ---------------------------------------------------------------------- maps

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

// --------------------------------------------------------------------- start

/** Why there are no sliders; an empty text if there are. */
function whyNot() {
  if (!data.decoder) return data.why_no_decoder || 'The decoder of this model is not in this page.';
  const unknown = data.decoder.find((each) => !ACTIVATIONS[each.activation]);
  return unknown ? `This page does not know the activation ${unknown.activation}.` : '';
}

function startDecoder() {
  const why = whyNot();
  const box = byId('live').querySelector('.live');
  box.classList.add(why ? 'still' : data.image ? 'images' : 'table');
  // The caption speaks of sliders, so it goes with them.
  if (why) byId('live').querySelector('.says').textContent = why;
  else if (data.sliders.length) desk = controls(decoderOf(data.decoder));
}

startDecoder();
emptyPanel();
if (dots.length) watchMaps();
})();
