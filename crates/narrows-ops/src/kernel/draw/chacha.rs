//! Computes the words of many ChaCha8 blocks at once.

/// Words per block.
pub const WORDS: usize = 16;

/// A key of 32 bytes as words.
pub type Key = [u32; 8];

/// Words of `LANES` blocks: word `i` of lane `l` is at `[i][l]`.
pub type Panel<const LANES: usize> = [[u32; LANES]; WORDS];

/// "expand 32-byte k"
const CONSTANT: [u32; 4] = [0x6170_7865, 0x3320_646E, 0x7962_2D32, 0x6B20_6574];

/// Runs ChaCha with 8 rounds (Bernstein 2008): for each lane, block
/// `blocks[lane]` of stream `streams[lane]`, with a counter and a stream of 64
/// bits each.
///
/// The loop over lanes contains a whole block, no other loop and no type of
/// another width, so the compiler turns lanes into vectors.
#[inline(always)]
pub fn panel<const LANES: usize>(
    key: &Key,
    blocks: &[u32; LANES],
    streams: &[u64; LANES],
) -> Panel<LANES> {
    let mut high = [0; LANES];
    let mut low = [0; LANES];
    for lane in 0..LANES {
        high[lane] = (streams[lane] >> 32) as u32;
        low[lane] = streams[lane] as u32;
    }
    let mut out = [[0; LANES]; WORDS];
    for lane in 0..LANES {
        let block = block(key, [blocks[lane], 0, low[lane], high[lane]]);
        for (word, out) in block.into_iter().zip(&mut out) {
            out[lane] = word;
        }
    }
    out
}

#[inline(always)]
fn block(key: &Key, place: [u32; 4]) -> [u32; WORDS] {
    let mut start = [0; WORDS];
    start[..4].copy_from_slice(&CONSTANT);
    start[4..12].copy_from_slice(key);
    start[12..].copy_from_slice(&place);
    let mut state = start;
    // Unrolled, see [`panel`].
    double_round(&mut state);
    double_round(&mut state);
    double_round(&mut state);
    double_round(&mut state);
    std::array::from_fn(|at| state[at].wrapping_add(start[at]))
}

#[inline(always)]
fn double_round(state: &mut [u32; WORDS]) {
    quarter_round(state, 0, 4, 8, 12);
    quarter_round(state, 1, 5, 9, 13);
    quarter_round(state, 2, 6, 10, 14);
    quarter_round(state, 3, 7, 11, 15);
    quarter_round(state, 0, 5, 10, 15);
    quarter_round(state, 1, 6, 11, 12);
    quarter_round(state, 2, 7, 8, 13);
    quarter_round(state, 3, 4, 9, 14);
}

#[inline(always)]
fn quarter_round(s: &mut [u32; WORDS], a: usize, b: usize, c: usize, d: usize) {
    s[a] = s[a].wrapping_add(s[b]);
    s[d] = (s[d] ^ s[a]).rotate_left(16);
    s[c] = s[c].wrapping_add(s[d]);
    s[b] = (s[b] ^ s[c]).rotate_left(12);
    s[a] = s[a].wrapping_add(s[b]);
    s[d] = (s[d] ^ s[a]).rotate_left(8);
    s[c] = s[c].wrapping_add(s[d]);
    s[b] = (s[b] ^ s[c]).rotate_left(7);
}
