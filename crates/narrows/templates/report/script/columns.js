// A decoded row as the columns of a table.

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

/** How far a column's value is from another, the short way if it goes round. */
function changeOf(column, from, to) {
  if (!column.circle) return to - from;
  const [period] = column.circle;
  return to - from - period * Math.round((to - from) / period);
}

/** How far a column moves between two decoded rows, as a part of its range. */
function moved(column, a, b) {
  if (!column.levels) return column.high > column.low ? Math.abs(changeOf(column, a[column.from], b[column.from])) / (column.high - column.low) : 0;
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
      const change = changeOf(column, before[column.from], values[column.from]);
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
