// Sliders on the code, and what they show.

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
