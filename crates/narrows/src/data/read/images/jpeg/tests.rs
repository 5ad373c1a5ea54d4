use super::*;

const SAMPLED: &[u8] = include_bytes!("tests/sampled.jpg");
const PROGRESSIVE: &[u8] = include_bytes!("tests/progressive.jpg");
const RESTARTS: &[u8] = include_bytes!("tests/restarts.jpg");

/// Pictures of 45 by 37 pixels as libjpeg writes them: brightness and colours
/// of one size or not, in one scan or ten, with restart markers or without.
const ALL: [(&str, &[u8]); 5] = [
    ("sampled", SAMPLED),
    ("progressive", PROGRESSIVE),
    ("restarts", RESTARTS),
    ("grey", include_bytes!("tests/grey.jpg")),
    ("cmyk", include_bytes!("tests/cmyk.jpg")),
];

fn check(bytes: &[u8]) -> Check<()> {
    check_whole(bytes, (45, 37))
}

fn header_of(bytes: &[u8]) -> Option<JpegHeader> {
    header(|at, count| Some(bytes.get(at as usize..at as usize + count)?.to_vec()))
}

#[test]
fn whole_files_pass_whatever_follows_their_end() {
    for (name, bytes) in ALL {
        check(bytes).unwrap_or_else(|error| panic!("{name}: {error}"));
        let longer = [bytes, b"a preview or a second picture \xff\xd8"].concat();
        check(&longer).unwrap();
    }
}

#[test]
fn a_file_that_is_cut_anywhere_is_refused() {
    for (name, bytes) in ALL {
        for end in 2..bytes.len() {
            let found = check(&bytes[..end]);
            assert!(found.is_err(), "{name} cut at {end}");
        }
    }
}

/// A program that mends a cut file may give it an end.
#[test]
fn a_file_that_is_cut_within_its_rows_is_refused_with_an_end_too() {
    for (name, bytes) in ALL {
        let scans = bytes
            .windows(2)
            .position(|two| two == [0xff, 0xda])
            .unwrap();
        // The last byte may be filled up with bits of no meaning.
        for end in scans + 14..bytes.len() - 3 {
            let mended = [&bytes[..end], &[0xff, 0xd9]].concat();
            assert!(check(&mended).is_err(), "{name} cut at {end}");
        }
    }
}

/// Bits that are no code of any table: a decoder fills in the rest in grey.
#[test]
fn codes_that_no_table_has_are_found() {
    for (name, bytes) in ALL {
        let scan = bytes
            .windows(2)
            .position(|two| two == [0xff, 0xda])
            .unwrap()
            + 14;
        let ones: Vec<u8> = [0xff, 0x00].repeat(16);
        for at in [scan + 20, scan + 80] {
            let damaged = [&bytes[..at], &ones, &bytes[at + 32..]].concat();
            assert!(check(&damaged).is_err(), "{name} at {at}");
        }
    }
}

#[test]
fn a_lost_piece_between_restart_markers_is_found() {
    let marker = |number: u8| {
        RESTARTS
            .windows(2)
            .position(|two| two == [0xff, 0xd0 + number])
    };
    let (from, to) = (marker(1).unwrap(), marker(2).unwrap());
    let shorter = [&RESTARTS[..from], &RESTARTS[to..]].concat();
    assert!(check(&shorter).is_err());
}

#[test]
fn headers_tell_size_colour_and_which_side_is_up() {
    for (name, bytes) in ALL {
        let header = header_of(bytes).unwrap();
        assert_eq!((header.width, header.height), (45, 37), "{name}");
        assert_eq!(header.has_colour, name != "grey");
        let turned = header.orientation == Orientation::Rotate90;
        assert_eq!(turned, name == "restarts");
    }
    assert!(header_of(&SAMPLED[..30]).is_none());
}

/// A frame is allocated for, so only one that the decoder has limited may be.
#[test]
fn frames_that_the_decoder_did_not_see_are_refused() {
    let frame = |side: u16, count: u8| {
        let [high, low] = side.to_be_bytes();
        let mut frame = vec![0xff, 0xc2, 0, 8 + 3 * count, 8, high, low, high, low, count];
        frame.extend((1..=count).flat_map(|id| [id, 0x11, 0]));
        frame
    };
    let error = |bytes: &[u8]| check(bytes).unwrap_err();
    let second = [&SAMPLED[..2], &frame(37, 1), &SAMPLED[2..]].concat();
    assert_eq!(
        check_whole(&second, (37, 37)),
        Err("has a second frame".into())
    );
    let large = [&SAMPLED[..2], &frame(u16::MAX, 4), &SAMPLED[2..]].concat();
    assert_eq!(error(&large), "has a damaged header");
    // The decoder refuses what is no picture.
    let many = frame(37, 5);
    assert!(Frame::of(&many[4..], true, (37, 37)).unwrap().is_none());
}
