//! Puts new scores onto a file that is there: after its rows, or in their place.

use std::fs::File;
use std::io::{self, BufRead, BufReader, BufWriter, Read, Write};
use std::path::{Path, PathBuf};

use narrows::write::is_same;
use narrows::{Error, Result};
use tempfile::{NamedTempFile, TempPath};

use crate::cli::ScoreArgs;

/// A file of scores that is there, or will be, and new ones that are to go onto it.
pub struct Onto {
    target: PathBuf,
    appends: bool,
    /// Where the new scores are written first.
    new: TempPath,
}

impl Onto {
    /// Returns `None` if the file is not to be there, or may be whatever it is.
    ///
    /// # Errors
    /// [`Error::Usage`] for a file whose rows have no text to compare or to go after;
    /// [`Error::File`] if none can be made beside it.
    pub fn of(args: &ScoreArgs) -> Result<Option<Self>> {
        let Some(target) = args.output.as_ref().filter(|_| args.append || args.replace) else {
            return Ok(None);
        };
        let flag = if args.append { "--append" } else { "--replace" };
        let ending = [".csv", ".tsv"]
            .into_iter()
            .find(|end| target.ends_with(end));
        let Some(ending) = ending else {
            return Err(Error::usage(
                format!("{flag} beside -o {target}"),
                "a .csv or .tsv file",
                match args.append {
                    true => "leave --append out, and write a file for each",
                    false => "--force overwrites any file",
                },
            ));
        };
        let path = PathBuf::from(target);
        let failed = |e| Error::file(path.display(), "write", e);
        let folder = path.parent().filter(|folder| *folder != Path::new(""));
        let beside = tempfile::Builder::new()
            .prefix(".narrows-")
            .suffix(ending)
            .tempfile_in(folder.unwrap_or(Path::new(".")))
            .map_err(failed)?;
        Ok(Some(Onto {
            new: beside.into_temp_path(),
            appends: args.append,
            target: path,
        }))
    }

    /// Returns the file that the new scores are to be written to.
    pub fn new_scores(&self) -> String {
        self.new.display().to_string()
    }

    /// Puts the new scores onto the file, whole or not at all.
    ///
    /// # Errors
    /// [`Error::Usage`] if the file has other columns; [`Error::File`] if it cannot be
    /// read or written.
    pub fn put(self) -> Result<()> {
        let failed = |e| Error::file(self.target.display(), "write", e);
        let Some(old) = locked(&self.target).map_err(failed)? else {
            return self.new.persist(&self.target).map_err(|e| failed(e.error));
        };
        let mut old = BufReader::new(old);
        let mut new = BufReader::new(File::open(&self.new).map_err(failed)?);
        let [was, is] = [
            header(&mut old).map_err(failed)?,
            header(&mut new).map_err(failed)?,
        ];
        if was != is {
            return Err(Error::usage(
                format!("{}, with the columns '{was}'", self.target.display()),
                format!("a file of these scores: '{is}'"),
                match self.appends {
                    true => "name another file, or leave --append out",
                    false => "name another file, or overwrite whatever it is with --force",
                },
            ));
        }
        if self.appends {
            let folder = self.new.parent().unwrap_or(Path::new("."));
            let all = NamedTempFile::with_prefix_in(".narrows-", folder).map_err(failed)?;
            let mut write = |mut to: BufWriter<&File>| {
                writeln!(to, "{was}")?;
                let last = copied(&mut old, &mut to)?;
                if last.is_some_and(|last| last != b'\n') {
                    to.write_all(b"\n")?;
                }
                io::copy(&mut new, &mut to)?;
                to.flush()
            };
            write(BufWriter::new(all.as_file())).map_err(failed)?;
            all.as_file().sync_all().map_err(failed)?;
            let permissions = old.get_ref().metadata().map_err(failed)?.permissions();
            all.as_file().set_permissions(permissions).map_err(failed)?;
            return all
                .persist(&self.target)
                .map(drop)
                .map_err(|e| failed(e.error));
        }
        self.new.persist(&self.target).map_err(|e| failed(e.error))
    }
}

/// Opens a file, and waits until no other process is putting scores onto it; `None` if
/// there is none.
fn locked(path: &Path) -> io::Result<Option<File>> {
    loop {
        let file = match File::open(path) {
            Err(e) if e.kind() == io::ErrorKind::NotFound => return Ok(None),
            file => file?,
        };
        // Not every file system has locks.
        let _ = file.lock();
        // Another process may have put a new file there while this one waited.
        let is_there = std::fs::metadata(path).and_then(|now| Ok(is_same(&file.metadata()?, &now)));
        if is_there.unwrap_or(false) {
            return Ok(Some(file));
        }
    }
}

fn header(file: &mut impl BufRead) -> io::Result<String> {
    /// Longer first lines are not those of scores.
    const LONGEST: u64 = 1 << 20;
    let mut line = String::new();
    file.take(LONGEST).read_line(&mut line)?;
    Ok(line.trim_end_matches(['\n', '\r']).into())
}

/// Copies all that is left, and returns its last byte.
fn copied(from: &mut impl Read, to: &mut impl Write) -> io::Result<Option<u8>> {
    let mut buffer = vec![0; 1 << 16];
    let mut last = None;
    loop {
        let count = match from.read(&mut buffer) {
            Err(e) if e.kind() == io::ErrorKind::Interrupted => continue,
            count => count?,
        };
        if count == 0 {
            return Ok(last);
        }
        to.write_all(&buffer[..count])?;
        last = Some(buffer[count - 1]);
    }
}
