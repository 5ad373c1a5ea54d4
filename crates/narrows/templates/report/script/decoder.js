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
