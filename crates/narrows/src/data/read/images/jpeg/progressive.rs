//! Follows the codes of progressive files, whose scans refine one another.

use super::huffman::{Bits, Code};
use super::{Check, DAMAGED, Scan};

/// Follows the codes of one block in one scan. `nonzero` has a bit for each
/// coefficient; `run` is the number of blocks to come that have no codes.
pub(super) fn block(
    bits: &mut Bits,
    scan: &Scan,
    dc: Option<&Code>,
    ac: Option<&Code>,
    nonzero: &mut u64,
    run: &mut u32,
) -> Check<()> {
    match (scan.first, scan.refines) {
        (0, false) => {
            let length = bits.symbol(dc)?;
            bits.skip(length)
        }
        (0, true) => bits.skip(1),
        (_, false) => first_bits(bits, scan, ac, nonzero, run),
        (_, true) => further_bits(bits, scan, ac, nonzero, run),
    }
}

fn first_bits(
    bits: &mut Bits,
    scan: &Scan,
    ac: Option<&Code>,
    nonzero: &mut u64,
    run: &mut u32,
) -> Check<()> {
    if *run > 0 {
        *run -= 1;
        return Ok(());
    }
    let mut at = scan.first;
    while at <= scan.last {
        let symbol = bits.symbol(ac)?;
        let (zeros, length) = (symbol >> 4, symbol & 15);
        match (zeros, length) {
            (15, 0) => at += 16,
            (_, 0) => {
                *run = (1 << zeros) + bits.number(zeros)? - 1;
                break;
            }
            _ => {
                at += usize::from(zeros);
                if at > scan.last {
                    return Err(DAMAGED.into());
                }
                bits.skip(length)?;
                *nonzero |= 1 << at;
                at += 1;
            }
        }
    }
    Ok(())
}

fn further_bits(
    bits: &mut Bits,
    scan: &Scan,
    ac: Option<&Code>,
    nonzero: &mut u64,
    run: &mut u32,
) -> Check<()> {
    let mut at = scan.first;
    while *run == 0 && at <= scan.last {
        let symbol = bits.symbol(ac)?;
        let (mut zeros, length) = (symbol >> 4, symbol & 15);
        match (zeros, length) {
            (15, 0) => {}
            (_, 0) => {
                *run = (1 << zeros) + bits.number(zeros)?;
                break;
            }
            (_, 1) => bits.skip(1)?,
            _ => return Err(DAMAGED.into()),
        }
        // Each known coefficient on the way has one more bit.
        while at <= scan.last {
            match *nonzero >> at & 1 {
                1 => bits.skip(1)?,
                _ if zeros == 0 => break,
                _ => zeros -= 1,
            }
            at += 1;
        }
        if length == 1 {
            if at > scan.last {
                return Err(DAMAGED.into());
            }
            *nonzero |= 1 << at;
        }
        at += 1;
    }
    if *run > 0 {
        for known in at..=scan.last {
            if *nonzero >> known & 1 == 1 {
                bits.skip(1)?;
            }
        }
        *run -= 1;
    }
    Ok(())
}
