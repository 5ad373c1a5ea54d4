// What happens when the page is open.

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
