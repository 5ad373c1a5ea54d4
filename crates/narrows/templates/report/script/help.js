// What all parts of the script share: the page's data, elements, numbers.

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
