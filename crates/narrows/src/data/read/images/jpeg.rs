//! Checks that a JPEG file is whole. Decoders fill in what is missing, in grey
//! or with the last colour, so every code of the file is followed here.

mod huffman;
mod progressive;

use huffman::{Bits, Code};
use image::metadata::Orientation;

/// A reason, in words, for which a file is refused.
type Check<T> = std::result::Result<T, String>;

/// The most components of a picture: those of CMYK.
const MOST_COMPONENTS: usize = 4;

const EXIF: &[u8] = b"Exif\0\0";

/// What a JPEG file says of itself before its first row.
pub(super) struct JpegHeader {
    pub width: u32,
    pub height: u32,
    pub has_colour: bool,
    pub orientation: Orientation,
}

/// One part of a picture's colours, such as its brightness.
#[derive(Debug, Clone)]
struct Component {
    id: u8,
    /// Blocks across and down in a unit of all components.
    across: usize,
    down: usize,
    /// For each block, the coefficients that are known not to be 0; kept for
    /// progressive files.
    nonzero: Vec<u64>,
    /// The bits that are still to come for each coefficient; 16 if none came.
    open_bits: [u8; 64],
}

#[derive(Debug)]
struct Frame {
    progressive: bool,
    width: usize,
    height: usize,
    components: Vec<Component>,
}

/// The tables and numbers that segments set before a scan.
#[derive(Default)]
struct State {
    frame: Option<Frame>,
    dc: [Option<Code>; 4],
    ac: [Option<Code>; 4],
    restart: usize,
}

/// One pass over some components.
struct Scan {
    /// The components' places in the frame, each with its two tables.
    parts: Vec<(usize, usize, usize)>,
    first: usize,
    last: usize,
    refines: bool,
    low: u8,
}

/// Refuses a file that ends early, or whose codes do not add up to its rows.
/// Kinds that the decoder does not know are left to it. `size` is the width and
/// height that the decoder found, and has limited.
///
/// # Errors
/// Says what is missing, to follow "a file that".
pub(super) fn check_whole(bytes: &[u8], size: (u32, u32)) -> Check<()> {
    let mut state = State::default();
    let mut at = 2;
    loop {
        let (marker, after) = next_marker(bytes, at).ok_or("has no end marker: it is cut short")?;
        at = after;
        match marker {
            0xd9 => return state.frame.as_ref().map_or(Ok(()), Frame::check_complete),
            0x01 | 0xd0..=0xd8 => continue,
            _ => {}
        }
        let segment = segment(bytes, at).ok_or("ends within its header")?;
        at += segment.len() + 2;
        match marker {
            0xc0..=0xc2 if state.frame.is_some() => return Err("has a second frame".into()),
            0xc0..=0xc2 => match Frame::of(segment, marker == 0xc2, size)? {
                Some(frame) => state.frame = Some(frame),
                None => return Ok(()),
            },
            // Lossless, hierarchical and arithmetic.
            0xc3 | 0xc5..=0xc7 | 0xc9..=0xcb | 0xcd..=0xcf => return Ok(()),
            0xc4 => state.add_tables(segment)?,
            0xdd if segment.len() >= 2 => {
                state.restart = usize::from(u16::from_be_bytes([segment[0], segment[1]]));
            }
            0xda => at += state.follow(segment, &bytes[at..])?,
            _ => {}
        }
    }
}

/// Returns what the file says before its first row; `None` if it says too
/// little.
pub(super) fn header(mut read: impl FnMut(u64, usize) -> Option<Vec<u8>>) -> Option<JpegHeader> {
    let mut orientation = Orientation::NoTransforms;
    let mut at = 2;
    loop {
        let head = read(at, 4)?;
        if head[0] != 0xff {
            return None;
        }
        match head[1] {
            0xff => at += 1,
            0x01 | 0xd0..=0xd8 => at += 2,
            marker => {
                let length = usize::from(u16::from_be_bytes([head[2], head[3]]));
                match marker {
                    0xe1 => {
                        let body = read(at + 4, length.checked_sub(2)?)?;
                        let exif = body.strip_prefix(EXIF);
                        let found = exif.and_then(Orientation::from_exif_chunk);
                        orientation = found.unwrap_or(orientation);
                    }
                    0xc0..=0xcf if ![0xc4, 0xc8, 0xcc].contains(&marker) => {
                        let body = read(at + 4, 6)?;
                        let side =
                            |at: usize| u32::from(u16::from_be_bytes([body[at], body[at + 1]]));
                        return Some(JpegHeader {
                            width: side(3),
                            height: side(1),
                            has_colour: body[5] > 1,
                            orientation,
                        });
                    }
                    0xd9 | 0xda => return None,
                    _ => {}
                }
                at += 2 + length as u64;
            }
        }
    }
}

/// Returns the next marker from `at` on, and the place after it. Anything
/// before it is passed over.
fn next_marker(bytes: &[u8], mut at: usize) -> Option<(u8, usize)> {
    loop {
        at += bytes.get(at..)?.iter().position(|&byte| byte == 0xff)?;
        at += bytes[at..].iter().position(|&byte| byte != 0xff)?;
        match bytes[at] {
            0 => at += 1,
            marker => return Some((marker, at + 1)),
        }
    }
}

/// Returns the segment at `at` without its length; `None` if it is cut short.
fn segment(bytes: &[u8], at: usize) -> Option<&[u8]> {
    let length = bytes.get(at..at + 2)?;
    let length = usize::from(u16::from_be_bytes([length[0], length[1]]));
    bytes.get(at + 2..at + length)
}

impl Frame {
    /// Reads the header of a frame of that width and height; `None` for one that
    /// the decoder may not know.
    fn of(segment: &[u8], progressive: bool, size: (u32, u32)) -> Check<Option<Frame>> {
        let [8, h1, h0, w1, w0, count, rest @ ..] = segment else {
            return Ok(None);
        };
        let height = usize::from(u16::from_be_bytes([*h1, *h0]));
        let width = usize::from(u16::from_be_bytes([*w1, *w0]));
        let (parts, _) = rest.as_chunks::<3>();
        if parts.len() > MOST_COMPONENTS {
            return Ok(None);
        }
        let sound = |&[_, sampling, _]: &[u8; 3]| {
            (1..=4).contains(&(sampling >> 4)) && (1..=4).contains(&(sampling & 15))
        };
        if height == 0 || parts.len() != usize::from(*count) || !parts.iter().all(sound) {
            return Ok(None);
        }
        // The bits of a progressive file are counted for every block of it.
        if (width as u32, height as u32) != size {
            return Err("has a damaged header".into());
        }
        let components = parts.iter().map(|&[id, sampling, _]| Component {
            id,
            across: usize::from(sampling >> 4),
            down: usize::from(sampling & 15),
            nonzero: Vec::new(),
            open_bits: [16; 64],
        });
        let mut frame = Frame {
            progressive,
            width,
            height,
            components: components.collect(),
        };
        if progressive {
            let (across, down) = frame.units();
            for component in &mut frame.components {
                component.nonzero = vec![0; across * component.across * down * component.down];
            }
        }
        Ok(Some(frame))
    }

    fn most(&self, of: impl Fn(&Component) -> usize) -> usize {
        self.components.iter().map(of).max().unwrap_or(1)
    }

    /// Returns how many units of all components are across and down.
    fn units(&self) -> (usize, usize) {
        let across = self.width.div_ceil(8 * self.most(|c| c.across));
        (across, self.height.div_ceil(8 * self.most(|c| c.down)))
    }

    /// Returns how many blocks of one component are across and down, without
    /// those that only fill up a unit.
    fn blocks(&self, component: &Component) -> (usize, usize) {
        let across = (self.width * component.across).div_ceil(self.most(|c| c.across));
        let down = (self.height * component.down).div_ceil(self.most(|c| c.down));
        (across.div_ceil(8), down.div_ceil(8))
    }

    fn check_complete(&self) -> Check<()> {
        let complete = |component: &Component| component.open_bits.iter().all(|&bits| bits == 0);
        match self.components.iter().all(complete) {
            true => Ok(()),
            false => Err("ends before all of its scans: it is cut short".into()),
        }
    }
}

impl State {
    fn add_tables(&mut self, mut segment: &[u8]) -> Check<()> {
        while let [kind, rest @ ..] = segment {
            let (code, rest) = Code::of(rest)?;
            let tables = if kind >> 4 == 0 {
                &mut self.dc
            } else {
                &mut self.ac
            };
            let table = tables.get_mut(usize::from(kind & 15));
            *table.ok_or("has a damaged header")? = Some(code);
            segment = rest;
        }
        Ok(())
    }

    /// Follows the codes of a scan; returns how many bytes they are.
    fn follow(&mut self, segment: &[u8], bytes: &[u8]) -> Check<usize> {
        let frame = self.frame.as_mut().ok_or("has a scan before its frame")?;
        let scan = Scan::of(segment, frame).ok_or("has a damaged header of a scan")?;
        let mut bits = Bits::new(bytes);
        let (across, down) = frame.units();
        let (units, single) = match scan.parts[..] {
            [(part, ..)] => (frame.blocks(&frame.components[part]), true),
            _ => ((across, down), false),
        };
        let total = units.0 * units.1;
        let mut run = 0;
        for unit in 0..total {
            if unit > 0 && self.restart > 0 && unit % self.restart == 0 {
                bits.restart((unit / self.restart - 1) % 8)?;
                run = 0;
            }
            let (x, y) = (unit % units.0, unit / units.0);
            for &(part, dc, ac) in &scan.parts {
                let component = &mut frame.components[part];
                let (wide, high) = match single {
                    true => (1, 1),
                    false => (component.across, component.down),
                };
                let stride = across * component.across;
                for block in 0..wide * high {
                    let (dc, ac) = (self.dc[dc].as_ref(), self.ac[ac].as_ref());
                    if !frame.progressive {
                        sequential(&mut bits, dc, ac)?;
                        continue;
                    }
                    let (column, row) = (x * wide + block % wide, y * high + block / wide);
                    let nonzero = &mut component.nonzero[row * stride + column];
                    progressive::block(&mut bits, &scan, dc, ac, nonzero, &mut run)?;
                }
            }
        }
        for &(part, ..) in &scan.parts {
            let open = &mut frame.components[part].open_bits;
            open[scan.first..=scan.last].fill(scan.low);
        }
        bits.end()
    }
}

impl Scan {
    /// Reads the header of a scan; `None` if it does not fit the frame.
    fn of(segment: &[u8], frame: &Frame) -> Option<Scan> {
        let (&count, rest) = segment.split_first()?;
        let (parts, rest) = rest.split_at_checked(2 * usize::from(count))?;
        let (parts, _) = parts.as_chunks::<2>();
        let place = |id: u8| frame.components.iter().position(|c| c.id == id);
        let parts = parts.iter().map(|&[id, tables]| {
            let tables = (usize::from(tables >> 4), usize::from(tables & 15));
            let known = tables.0 < 4 && tables.1 < 4;
            place(id)
                .filter(|_| known)
                .map(|at| (at, tables.0, tables.1))
        });
        let parts: Vec<_> = parts.collect::<Option<_>>()?;
        let &[first, last, bits] = rest.first_chunk::<3>()?;
        // A sequential scan always has all coefficients.
        let (first, last, bits) = match frame.progressive {
            true => (usize::from(first), usize::from(last), bits),
            false => (0, 63, 0),
        };
        // Only the first coefficient may come for several components at once.
        let sound = first <= last && last < 64 && (first == 0 || parts.len() == 1);
        let sound = sound && (!frame.progressive || first > 0 || last == 0);
        (sound && !parts.is_empty()).then_some(Scan {
            parts,
            first,
            last,
            refines: bits >> 4 > 0,
            low: bits & 15,
        })
    }
}

/// Follows the codes of a block of a sequential file.
fn sequential(bits: &mut Bits, dc: Option<&Code>, ac: Option<&Code>) -> Check<()> {
    let length = bits.symbol(dc)?;
    bits.skip(length)?;
    let mut at = 1;
    while at < 64 {
        let symbol = bits.symbol(ac)?;
        let (zeros, length) = (usize::from(symbol >> 4), symbol & 15);
        match (zeros, length) {
            (15, 0) => at += 16,
            (_, 0) => break,
            _ => {
                at += zeros;
                if at > 63 {
                    return Err(DAMAGED.into());
                }
                bits.skip(length)?;
                at += 1;
            }
        }
    }
    Ok(())
}

const DAMAGED: &str = "has damaged rows";

#[cfg(test)]
mod tests;
