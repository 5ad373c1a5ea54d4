// From a code to features: the decoder's layers.

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

/** The value of an output on a curve of [output, value], straight between. */
function onCurve(curve, output) {
  const high = curve.findIndex(([at]) => at >= output);
  if (high <= 0) return curve[high === 0 ? 0 : curve.length - 1][1];
  const [[from, before], [to, after]] = [curve[high - 1], curve[high]];
  return before + (after - before) * (output - from) / (to - from);
}

/** Writes what a column's outputs stand for, where that is no line of them. */
function stand(column, outputs, values) {
  const { from } = column;
  if (column.logits) {
    const end = from + column.levels.length;
    const largest = Math.max(...outputs.slice(from, end));
    let total = 0;
    for (let f = from; f < end; f++) total += values[f] = Math.exp(outputs[f] - largest);
    for (let f = from; f < end; f++) values[f] /= total;
  } else if (column.circle) {
    const [period, middle] = column.circle;
    const turn = Math.atan2(outputs[from] - middle, outputs[from + 1] - middle) / (2 * Math.PI);
    values[from] = period * (turn < 0 ? turn + 1 : turn);
  } else if (column.curve) {
    values[from] = onCurve(column.curve, outputs[from]);
  }
}

/** A function from a code to features in the data's own units. Of a column that
    goes round, the first feature is its value. */
function decoderOf(given) {
  const layers = given.map(layer);
  const factor = floats(data.own.factor);
  const offset = floats(data.own.offset);
  return function decode(code) {
    let x = code;
    for (const each of layers) x = apply(each, x);
    const values = new Float32Array(data.features);
    for (let f = 0; f < values.length; f++) values[f] = x[f] * factor[f] + offset[f];
    for (const column of columns) stand(column, x, values);
    return values;
  };
}
