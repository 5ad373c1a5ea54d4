// A decoded row as a picture.

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
