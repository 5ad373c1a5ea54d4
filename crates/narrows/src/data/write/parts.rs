//! Writes a file part by part; the file appears once it is complete.

use std::fs::File;
use std::io::{self, BufWriter, ErrorKind, Write};
use std::path::Path;

use super::destination::{Destination, open_stream, standard_output};
use super::packed::Packed;
use super::{Format, Whole, check_target, csv, is_stream, npy, parquet, png};
use crate::base::error::{Error, Result};
use crate::base::hint::{Hint, Remedy};
use crate::base::note::Note;
use crate::data::table::{Column, ColumnKind, ImageShape, Table, TagKind};

/// Writes rows that come part by part, in the formats of
/// [`write()`](super::write()); the bytes do not depend on how rows are split
/// into parts. Only one part is in memory, and for Parquet one group of rows. A
/// `.png` is one sheet, whose pixels are all held.
///
/// The file appears in [`Writer::finish`], complete or not at all. A stream
/// (standard output, a pipe, a device) gets the rows of each part at once.
///
/// ```no_run
/// use narrows::{Table, write::Writer};
/// let mut writer = Writer::new("codes.csv", false)?;
/// for part in 0..3 {
///     writer.add(&Table::from_floats(vec![part as f32, 1.0], 2)?)?;
/// }
/// writer.finish()?;
/// # Ok::<(), narrows::Error>(())
/// ```
pub struct Writer {
    target: String,
    overwrite: bool,
    safe: bool,
    /// State of the file, created with the first part.
    begun: Option<Begun>,
    closed: bool,
    /// Whether a part was cut short, so that the file cannot be completed.
    failed: bool,
}

struct Begun {
    /// The file; `None` for a stream.
    whole: Option<Whole>,
    rows: FormatWriter,
    like: Like,
}

/// The properties that all parts must share.
#[derive(PartialEq)]
struct Like {
    columns: Vec<Column>,
    image: Option<ImageShape>,
    bytes: bool,
    words: bool,
    tags: Vec<(String, TagKind)>,
}

/// The writer of one format.
enum FormatWriter {
    Text(Box<csv::CsvWriter<Out>>),
    Npy(npy::NpyWriter),
    Parquet(Box<parquet::ParquetWriter>),
    Png(png::PngWriter<BufWriter<File>>),
}

impl Writer {
    /// Checks the target as [`check_target`] does; the first part starts the
    /// file. `-` is standard output.
    ///
    /// # Errors
    /// As [`check_target`].
    pub fn new(target: &str, overwrite: bool) -> Result<Self> {
        check_target(target, overwrite)?;
        Ok(Writer {
            target: target.into(),
            overwrite,
            safe: false,
            begun: None,
            closed: false,
            failed: false,
        })
    }

    /// Makes CSV safe to open in a spreadsheet, or not (the default): puts `'`
    /// before every id, label, category and column name that begins like a
    /// formula: with `=`, `@`, a tab or a line break, or with `+` or `-` unless a
    /// number follows. Other formats are written as they are.
    pub fn with_safe_csv(mut self, safe: bool) -> Self {
        self.safe = safe;
        self
    }

    /// Returns what should be known of the rows written so far: whether a
    /// spreadsheet would take a text of the CSV for a formula.
    pub fn notes(&self) -> Vec<Note> {
        let formula = match self.begun.as_ref().map(|begun| &begun.rows) {
            Some(FormatWriter::Text(rows)) => rows.formula(),
            _ => None,
        };
        let note = formula.map(|text| {
            let seen = format!(
                "{} holds texts that a spreadsheet would take for formulas, such as '{}'",
                self.shown(),
                text.chars().take(40).collect::<String>()
            );
            Note::new(
                seen,
                Hint::from("to have ' put before them: ").and(Remedy::SafeCsv),
            )
        });
        note.into_iter().collect()
    }

    /// Adds the rows of a part. Returns `false` once nobody reads the stream any
    /// more.
    ///
    /// # Errors
    /// [`Error::Usage`] for rows that the format cannot hold, or whose columns
    /// differ from earlier ones; [`Error::File`] if writing fails.
    pub fn add(&mut self, part: &Table) -> Result<bool> {
        if self.closed {
            return Ok(false);
        }
        let numbered = self.target.to_ascii_lowercase().ends_with(".npy");
        let like = Like::of(part, numbered);
        match &self.begun {
            Some(begun) if begun.like != like => {
                return Err(Error::usage(
                    "a part of other columns than those before",
                    "the same columns in all parts of a file",
                    "",
                ));
            }
            Some(_) => {}
            None => self.begun = Some(self.begin(part, like)?),
        }
        let begun = self.begun.as_mut().expect("begun just now");
        if let FormatWriter::Png(rows) = &begun.rows {
            rows.check(part)?;
        }
        let added = match &mut begun.rows {
            FormatWriter::Text(rows) => rows.add(part),
            FormatWriter::Npy(rows) => rows.add(part),
            FormatWriter::Parquet(rows) => rows.add(part),
            FormatWriter::Png(rows) => {
                rows.add(part);
                Ok(())
            }
        };
        self.told(added)?;
        Ok(!self.closed)
    }

    /// Returns about how many bytes are held until the file is finished.
    pub fn holds(&self) -> usize {
        match self.begun.as_ref().map(|begun| &begun.rows) {
            Some(FormatWriter::Png(rows)) => rows.holds(),
            Some(FormatWriter::Parquet(rows)) => rows.holds(),
            _ => 0,
        }
    }

    /// Completes the file and puts it in its place.
    ///
    /// # Errors
    /// [`Error::File`] if writing fails, [`Error::Usage`] without any part.
    pub fn finish(mut self) -> Result<()> {
        let Some(begun) = self.begun.take() else {
            return Err(Error::usage("no rows", "at least one part of them", ""));
        };
        let Begun { whole, rows, .. } = begun;
        if self.failed {
            let reason = "a part of it could not be written";
            let hint = "check the folder and the room on its disk";
            return Err(Error::file_because(&self.target, "write", reason, hint));
        }
        let ended = match rows {
            FormatWriter::Text(rows) => rows.finish().and_then(Out::finish),
            FormatWriter::Npy(rows) => rows.finish(),
            FormatWriter::Parquet(rows) => rows.finish(),
            FormatWriter::Png(rows) => rows.finish(),
        };
        let ended = ended.and_then(|()| whole.map_or(Ok(()), Whole::commit));
        self.told(ended)
    }

    fn begin(&self, part: &Table, like: Like) -> Result<Begun> {
        let fail = |e| Error::file(self.shown(), "write", e);
        let format = match self.target.as_str() {
            "-" => Format::STREAMED,
            target => Format::of(target)?,
        };
        match format {
            Format::Text { .. } => csv::check(part)?,
            Format::Parquet => parquet::check(part)?,
            Format::Png => png::check(part)?,
            Format::Npy => {}
        }
        let (whole, file) = self.open().map_err(fail)?;
        let is_stream = whole.is_none();
        let file = BufWriter::new(file);
        let rows = match format {
            Format::Text { delimiter, gzip } => {
                let out = match gzip {
                    true => Out::Packed(Box::new(Packed::new(file))),
                    false if is_stream => Out::Stream(file),
                    false => Out::Plain(file),
                };
                FormatWriter::Text(Box::new(csv::CsvWriter::new(out, delimiter, self.safe)))
            }
            Format::Npy => FormatWriter::Npy(npy::NpyWriter::new(file, part).map_err(fail)?),
            Format::Parquet => FormatWriter::Parquet(Box::new(
                parquet::ParquetWriter::new(file, part).map_err(fail)?,
            )),
            Format::Png => FormatWriter::Png(png::PngWriter::new(file, part)),
        };
        Ok(Begun { whole, rows, like })
    }

    /// Opens what the rows go to.
    fn open(&self) -> io::Result<(Option<Whole>, File)> {
        if self.target == "-" {
            return Ok((None, standard_output()?));
        }
        let path = Path::new(&self.target);
        match Destination::of(path)? {
            Destination::Stream => Ok((None, open_stream(path)?)),
            Destination::File(file) => {
                let whole = Whole::create(&file, self.overwrite)?;
                let file = whole.handle()?;
                Ok((Some(whole), file))
            }
        }
    }

    /// Returns the target's name in messages.
    fn shown(&self) -> &str {
        match self.target.as_str() {
            "-" => "standard output",
            target => target,
        }
    }

    /// Turns the outcome of a write into a result. A reader that has gone away
    /// is no error.
    fn told(&mut self, written: io::Result<()>) -> Result<()> {
        let is_stream = self.target == "-" || is_stream(Path::new(&self.target));
        match written {
            Err(error) if is_stream && error.kind() == ErrorKind::BrokenPipe => {
                self.closed = true;
                Ok(())
            }
            Ok(()) => Ok(()),
            Err(error) => {
                self.failed = true;
                Err(Error::file(self.shown(), "write", error))
            }
        }
    }
}

impl Like {
    fn of(part: &Table, numbered: bool) -> Self {
        // A part's texts are only those that occur in it; all parts need the
        // same texts only if the file keeps their numbers.
        let kind = |column: &Column| match column.kind {
            ColumnKind::Category(_) if !numbered => Column {
                name: column.name.clone(),
                kind: ColumnKind::Category(Vec::new()),
            },
            _ => column.clone(),
        };
        let tags = part.ids.iter().chain(&part.labels);
        Like {
            columns: part.columns.iter().map(kind).collect(),
            image: part.image,
            bytes: matches!(part.values, crate::data::table::Values::Bytes(_)),
            words: part.words,
            tags: tags.map(|tags| (tags.name.clone(), tags.kind)).collect(),
        }
    }
}

/// The destination of text.
enum Out {
    Plain(BufWriter<File>),
    Packed(Box<Packed<BufWriter<File>>>),
    Stream(BufWriter<File>),
}

impl Out {
    fn finish(self) -> io::Result<()> {
        match self {
            Out::Plain(mut file) | Out::Stream(mut file) => file.flush(),
            Out::Packed(packed) => packed.finish()?.flush(),
        }
    }
}

impl Write for Out {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match self {
            Out::Plain(file) | Out::Stream(file) => file.write(bytes),
            Out::Packed(packed) => packed.write(bytes),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        match self {
            // Written as buffers fill, however many parts there are; compressed
            // in one piece.
            Out::Plain(_) | Out::Packed(_) => Ok(()),
            Out::Stream(out) => out.flush(),
        }
    }
}
