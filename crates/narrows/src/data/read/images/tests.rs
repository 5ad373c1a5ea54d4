use std::fs::{create_dir_all, write};

use image::{DynamicImage, ExtendedColorType, ImageBuffer, ImageEncoder};

use super::*;
use crate::data::read::reader::whole;

struct Folder(tempfile::TempDir);

impl Folder {
    fn new() -> Self {
        Folder(tempfile::tempdir().unwrap())
    }

    fn path(&self) -> String {
        self.0.path().display().to_string()
    }

    fn put(&self, name: &str, image: impl Into<DynamicImage>) {
        let path = self.0.path().join(name);
        create_dir_all(path.parent().unwrap()).unwrap();
        image.into().save(path).unwrap();
    }

    /// Puts a grey picture of 2 by 1 pixels.
    fn put_grey(&self, name: &str, pixels: [u8; 2]) {
        self.put(name, grey(2, 1, &pixels));
    }

    fn read(&self, roles: &Roles) -> Result<Table> {
        whole(folder(&self.path(), roles)?, Room::ENDLESS)
    }

    fn refused(&self, roles: &Roles) -> String {
        self.read(roles).unwrap_err().to_string()
    }
}

fn grey(width: u32, height: u32, pixels: &[u8]) -> DynamicImage {
    ImageBuffer::<image::Luma<u8>, _>::from_raw(width, height, pixels.to_vec())
        .unwrap()
        .into()
}

fn rgb(width: u32, height: u32, pixels: &[u8]) -> DynamicImage {
    ImageBuffer::<image::Rgb<u8>, _>::from_raw(width, height, pixels.to_vec())
        .unwrap()
        .into()
}

fn trained_on(channels: usize) -> Roles {
    Roles {
        image: Some(ImageShape {
            height: 1,
            width: 2,
            channels,
        }),
        optional: true,
        ..Roles::default()
    }
}

#[test]
fn pixels_of_16_bits_keep_all_of_them() {
    let folder = Folder::new();
    let words = vec![20_000u16, 20_001, 0, 65_535, 7, 256];
    let image = ImageBuffer::<image::Rgb<u16>, _>::from_raw(2, 1, words.clone()).unwrap();
    folder.put("a.png", image);
    let table = folder.read(&Roles::default()).unwrap();
    let expected = words.into_iter().map(f32::from).collect();
    assert_eq!(table.values, Values::Floats(expected));
    assert_eq!(
        (table.depth(), table.image.unwrap().channels),
        (Some(16), 3)
    );
    folder.put("b.png", rgb(2, 1, &[1; 6]));
    folder.put("c.png", rgb(2, 1, &[1; 6]));
    let error = folder.refused(&Roles::default());
    assert!(
        error.contains("'a.png': found 16 bits a channel, expected 8 bits, as 2 of the 3"),
        "{error}"
    );
}

#[test]
fn colours_under_transparency_are_no_data() {
    let folder = Folder::new();
    let clear = |name, colour: [u8; 3], alpha| {
        let pixel = [colour[0], colour[1], colour[2], alpha];
        let image = ImageBuffer::<image::Rgba<u8>, _>::from_raw(1, 1, pixel.to_vec()).unwrap();
        folder.put(name, image);
    };
    clear("opaque.png", [9, 8, 7], 255);
    assert_eq!(folder.read(&Roles::default()).unwrap().notes, []);
    clear("red.png", [255, 0, 0], 0);
    clear("black.png", [0, 0, 0], 0);
    let table = folder.read(&Roles::default()).unwrap();
    let expected = [[255, 255, 255], [9, 8, 7], [255, 255, 255]].concat();
    assert_eq!(table.values, Values::Bytes(expected));
    assert_eq!(table.notes, [notes::transparent("black.png")]);
}

/// A palette of one green entry, which its tRNS chunk makes clear.
#[test]
fn a_transparent_entry_of_a_palette_is_put_on_white() {
    let chunk = |kind: &[u8; 4], body: &[u8]| {
        let mut crc = flate2::Crc::new();
        crc.update(kind);
        crc.update(body);
        let length = (body.len() as u32).to_be_bytes();
        [&length[..], kind, body, &crc.sum().to_be_bytes()].concat()
    };
    let mut packed = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::fast());
    std::io::Write::write_all(&mut packed, &[0, 0, 1]).unwrap();
    let png = [
        b"\x89PNG\r\n\x1a\n".to_vec(),
        chunk(b"IHDR", &[0, 0, 0, 2, 0, 0, 0, 1, 8, 3, 0, 0, 0]),
        chunk(b"PLTE", &[0, 200, 0, 10, 20, 30]),
        chunk(b"tRNS", &[0]),
        chunk(b"IDAT", &packed.finish().unwrap()),
        chunk(b"IEND", &[]),
    ]
    .concat();
    let folder = Folder::new();
    write(folder.0.path().join("a.png"), &png).unwrap();
    let table = folder.read(&Roles::default()).unwrap();
    assert_eq!(table.values, Values::Bytes(vec![255, 255, 255, 10, 20, 30]));
    for end in 0..png.len() {
        write(folder.0.path().join("a.png"), &png[..end]).unwrap();
        assert!(folder.read(&Roles::default()).is_err(), "cut at {end}");
    }
}

#[test]
fn a_cut_bmp_is_refused() {
    let folder = Folder::new();
    folder.put("a.bmp", rgb(2, 2, &[1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12]));
    let table = folder.read(&Roles::default()).unwrap();
    assert_eq!(table.values, Values::Bytes((1..=12).collect()));
    let path = folder.0.path().join("a.bmp");
    let whole = std::fs::read(&path).unwrap();
    for end in 0..whole.len() {
        write(&path, &whole[..end]).unwrap();
        assert!(folder.read(&Roles::default()).is_err(), "cut at {end}");
    }
}

#[test]
fn a_picture_is_turned_upright() {
    // Orientation 6 of a TIFF header with one entry: turn right by 90 degrees.
    let exif = b"II*\0\x08\0\0\0\x01\0\x12\x01\x03\0\x01\0\0\0\x06\0\0\0\0\0\0\0";
    let mut bytes = Vec::new();
    let mut encoder = image::codecs::png::PngEncoder::new(&mut bytes);
    encoder.set_exif_metadata(exif.to_vec()).unwrap();
    encoder
        .write_image(&[1, 2], 2, 1, ExtendedColorType::L8)
        .unwrap();
    let folder = Folder::new();
    write(folder.0.path().join("a.png"), &bytes).unwrap();
    let table = folder.read(&Roles::default()).unwrap();
    let image = table.image.unwrap();
    assert_eq!((image.height, image.width), (2, 1));
    assert_eq!(table.values, Values::Bytes(vec![1, 2]));

    let bytes = include_bytes!("jpeg/tests/restarts.jpg");
    write(folder.0.path().join("a.png"), bytes).unwrap();
    let image = folder.read(&Roles::default()).unwrap().image.unwrap();
    assert_eq!((image.height, image.width), (45, 37));
}

#[test]
fn a_cut_jpeg_is_refused_as_a_cut_png_is() {
    let folder = Folder::new();
    let whole = include_bytes!("jpeg/tests/progressive.jpg");
    for end in [20, 400, 700, whole.len() - 1] {
        write(folder.0.path().join("a.jpg"), &whole[..end]).unwrap();
        let error = folder.refused(&Roles::default());
        assert!(error.contains("'a.jpg': found a file that"), "{error}");
    }
}

#[test]
fn a_model_of_grey_takes_pictures_that_are_grey_whatever_they_are_saved_as() {
    let folder = Folder::new();
    folder.put_grey("a.png", [1, 2]);
    folder.put("b.png", rgb(2, 1, &[7, 7, 7, 9, 9, 9]));
    let table = folder.read(&trained_on(1)).unwrap();
    assert_eq!(table.values, Values::Bytes(vec![1, 2, 7, 9]));
    assert_eq!(table.notes, [notes::read_as_grey(1, "b.png")]);
    folder.put("c.png", rgb(2, 1, &[7, 7, 7, 9, 9, 8]));
    let error = folder.refused(&trained_on(1));
    assert!(
        error.contains("'c.png': found an image in colour"),
        "{error}"
    );

    let table = folder.read(&trained_on(3)).unwrap();
    assert_eq!(table.image.unwrap().channels, 3);
    let text = folder.read(&Roles::default()).unwrap().notes[0].to_string();
    assert!(
        text.contains("1 grey picture and 2 in colour") && text.contains("'a.png'"),
        "{text}"
    );
}

#[test]
fn the_picture_of_another_size_is_named_not_those_after_it() {
    let folder = Folder::new();
    folder.put("a.png", grey(1, 1, &[1]));
    folder.put_grey("b.png", [1, 2]);
    folder.put_grey("c.png", [1, 2]);
    let error = folder.refused(&Roles::default());
    assert!(
        error.contains("'a.png': found 1x1 pixels (width x height), expected 2x1, as 2 of the 3"),
        "{error}"
    );
}

#[test]
fn what_is_left_out_is_told_and_labels_are_the_first_folders() {
    let folder = Folder::new();
    folder.put_grey("x/deep/down/a.png", [1, 2]);
    folder.put_grey("y/b.png", [3, 4]);
    for name in ["x/c.tif", "d.webp", "x/e.tif"] {
        write(folder.0.path().join(name), "").unwrap();
    }
    let roles = Roles {
        label: Some("folder".into()),
        ..Roles::default()
    };
    let table = folder.read(&roles).unwrap();
    assert_eq!(table.labels.as_ref().unwrap().values, ["x", "y"]);
    let text = table.notes[0].to_string();
    assert!(
        text.starts_with("3 files of the folder left out") && text.contains("2 .tif, 1 .webp"),
        "{text}"
    );
}

#[test]
fn notes_come_once_with_the_part_that_shows_them() {
    let folder = Folder::new();
    for name in ["a.png", "b.png", "c.png"] {
        let image = ImageBuffer::<image::LumaA<u8>, _>::from_raw(1, 1, vec![0, 9]).unwrap();
        folder.put(name, image);
    }
    let mut images = super::folder(&folder.path(), &Roles::default()).unwrap();
    let room = Room {
        rows: 1,
        ..Room::ENDLESS
    };
    let told = |images: &mut Images| images.next(room).unwrap().unwrap().notes.len();
    assert_eq!(told(&mut images), 1);
    assert_eq!(told(&mut images), 0);
}
