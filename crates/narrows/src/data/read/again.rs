//! Opens what is read more than once.

use std::fs::File;
use std::io::Seek;

use super::Roles;
use super::input::Input;
use crate::base::error::{Error, Result};

/// Where the bytes of a file come from.
pub(super) enum Again {
    Path(String),
    /// A temporary copy of what can be read only once.
    Copy {
        origin: String,
        file: File,
    },
    Once,
}

impl Again {
    /// Makes sure that an input can be read more than once, unless it is for a
    /// model and may have no end. `path` is its file, if it has one. Returns the
    /// input from its start too.
    pub fn of(input: Input, path: Option<&str>, roles: &Roles) -> Result<(Self, Input)> {
        let is_file = |path: &&str| std::fs::metadata(path).is_ok_and(|file| file.is_file());
        match path.filter(is_file) {
            Some(path) => Ok((Again::Path(path.into()), input)),
            // A model's rows are read as its training rows were.
            None if roles.optional => Ok((Again::Once, input)),
            None => {
                let origin = input.origin().to_string();
                let (file, _) = input.into_file()?;
                let copy = Again::Copy { origin, file };
                let input = copy.open()?;
                Ok((copy, input))
            }
        }
    }

    /// Opens the input from its start.
    pub fn open(&self) -> Result<Input> {
        match self {
            Again::Path(path) => Input::open(path),
            Again::Copy { origin, file } => {
                let fail = |e| Error::file(origin, "read", e);
                let mut file = file.try_clone().map_err(fail)?;
                file.rewind().map_err(fail)?;
                Input::new(origin, Box::new(file), false)
            }
            Again::Once => Err(Error::usage(
                "rows that can be read only once",
                "rows that can be read again",
                "",
            )),
        }
    }
}
