//! Reads the messages of a stream, and checks what each claims before memory is
//! taken by it. A file holds a stream, with an index behind, of which only the end
//! is looked at.

use std::collections::HashMap;
use std::io::{self, Read};
use std::sync::Arc;

use arrow_array::{ArrayRef, RecordBatch};
use arrow_buffer::Buffer;
use arrow_ipc::convert::fb_to_schema;
use arrow_ipc::reader::{read_dictionary, read_record_batch};
use arrow_ipc::{Endianness, Message, MessageHeader, RecordBatch as Header, root_as_message};
use arrow_schema::SchemaRef;

use crate::base::error::Error;
use crate::data::read::allowance::Allowance;
use crate::data::read::input::Input;

/// The bytes that a file begins with.
const FILE: &[u8] = b"ARROW1\0\0";
/// The most zeros behind them.
const PADDING: usize = 64;
/// The bytes that it ends with, behind an index and the length of that.
const END: &[u8] = b"ARROW1";
/// The bytes before each message since version 0.15 of the format.
const CONTINUES: [u8; 4] = [0xff; 4];
/// The most bytes of a message's description.
const LONGEST: usize = 64 << 20;

/// Why there is no further batch.
pub(super) enum Stop {
    Damaged(String),
    Refused(Error),
}

impl<E: std::fmt::Display> From<E> for Stop {
    fn from(reason: E) -> Self {
        Stop::Damaged(reason.to_string())
    }
}

/// The messages of a stream.
pub(super) struct Messages {
    reader: Box<dyn Read>,
    schema: Option<SchemaRef>,
    dictionaries: HashMap<i64, ArrayRef>,
    is_file: bool,
    ended: bool,
}

/// Returns whether the first bytes are those of a file.
pub(super) fn is_file(head: &[u8]) -> bool {
    head.starts_with(FILE)
}

/// Returns whether the first bytes are those of a stream, which begins with a
/// schema.
pub(super) fn is_stream(head: &[u8]) -> bool {
    let Some((start, rest)) = head.split_first_chunk::<8>() else {
        return false;
    };
    let length = u32::from_le_bytes([start[4], start[5], start[6], start[7]]) as usize;
    start.starts_with(&CONTINUES)
        && match rest.get(..length) {
            Some(message) => root_as_message(message).is_ok_and(|m| m.header_as_schema().is_some()),
            None => (rest.len()..LONGEST).contains(&length),
        }
}

impl Messages {
    pub fn new(input: Input) -> Self {
        Messages {
            is_file: is_file(input.head()),
            reader: input.into_reader(),
            schema: None,
            dictionaries: HashMap::new(),
            ended: false,
        }
    }

    /// Returns the schema, which comes first.
    ///
    /// # Errors
    /// Describes what was found, in words.
    pub fn schema(&mut self, allowance: &mut Allowance) -> Result<SchemaRef, String> {
        if self.is_file {
            let mut magic = [0; FILE.len()];
            self.reader
                .read_exact(&mut magic)
                .map_err(|e| e.to_string())?;
        }
        // Zeros may be behind the first bytes of a file, up to a round number.
        for _ in 0..=PADDING / 4 {
            self.ended = false;
            match self.advance(allowance, &|_| Ok(()), &[]) {
                Err(Stop::Damaged(reason)) => return Err(reason),
                Err(Stop::Refused(error)) => return Err(error.to_string()),
                Ok(_) if self.ended && self.is_file => {}
                Ok(_) => break,
            }
        }
        self.schema.clone().ok_or("it begins with no schema".into())
    }

    /// Returns the next batch of rows, of some of the columns; `None` at the end.
    /// `limit` may refuse the bytes that it takes.
    pub fn batch(
        &mut self,
        allowance: &mut Allowance,
        limit: impl Fn(usize) -> Result<(), Error>,
        columns: &[usize],
    ) -> Result<Option<RecordBatch>, Stop> {
        while !self.ended {
            if let Some(batch) = self.advance(allowance, &limit, columns)? {
                return Ok(Some(batch));
            }
        }
        self.check_end()?;
        Ok(None)
    }

    /// Refuses a file whose index is not there in full: it was cut off.
    fn check_end(&mut self) -> Result<(), Stop> {
        if !std::mem::take(&mut self.is_file) {
            return Ok(());
        }
        let mut rest = Vec::new();
        self.read(LONGEST, &mut rest)?;
        let index = rest.strip_suffix(END).and_then(|rest| {
            let (index, length) = rest.split_last_chunk::<4>()?;
            let length = u32::from_le_bytes(*length) as usize;
            (length <= index.len()).then_some(length)
        });
        match index {
            Some(_) => Ok(()),
            None => Err("it was cut off in the index at its end".into()),
        }
    }

    /// Reads the next message, and returns the batch that it holds.
    fn advance(
        &mut self,
        allowance: &mut Allowance,
        limit: &dyn Fn(usize) -> Result<(), Error>,
        columns: &[usize],
    ) -> Result<Option<RecordBatch>, Stop> {
        let mut bytes = Vec::new();
        self.read(4, &mut bytes)?;
        if bytes.is_empty() && !self.is_file {
            self.ended = true;
            return Ok(None);
        }
        if bytes == CONTINUES {
            self.read(4, &mut bytes)?;
        }
        let Some(length) = bytes.last_chunk::<4>() else {
            return Err("it was cut off".into());
        };
        let length = u32::from_le_bytes(*length) as usize;
        if length == 0 {
            self.ended = true;
            return Ok(None);
        }
        if length > LONGEST {
            return Err("a message of more than 64 MiB about itself".into());
        }
        let mut description = Vec::new();
        self.read(length, &mut description)?;
        let message = match description.len() == length {
            true => root_as_message(&description)?,
            false => return Err("it was cut off".into()),
        };
        let length = usize::try_from(message.bodyLength())?;
        limit(length).map_err(Stop::Refused)?;
        let mut body = Vec::new();
        self.read(length, &mut body)?;
        if body.len() != length {
            return Err("it was cut off".into());
        }
        allowance.add((description.len() + length) as u64);
        let unpacked = unpacked(&message, &body)?;
        allowance.take(unpacked)?;
        let taken = length.saturating_add(usize::try_from(unpacked)?);
        limit(taken).map_err(Stop::Refused)?;
        self.take(&message, &Buffer::from_vec(body), columns)
    }

    /// Takes what a message holds, and returns it if it is a batch.
    fn take(
        &mut self,
        message: &Message,
        body: &Buffer,
        columns: &[usize],
    ) -> Result<Option<RecordBatch>, Stop> {
        let version = message.version();
        match (message.header_type(), &self.schema) {
            (MessageHeader::Schema, None) => {
                let schema = message.header_as_schema().ok_or("a schema of nothing")?;
                if schema.endianness() == Endianness::Big {
                    return Err("its bytes are in big-endian order".into());
                }
                self.schema = Some(Arc::new(fb_to_schema(schema)));
                Ok(None)
            }
            (MessageHeader::DictionaryBatch, Some(schema)) => {
                let batch = message.header_as_dictionary_batch();
                let batch = batch.ok_or("a dictionary of nothing")?;
                read_dictionary(body, batch, schema, &mut self.dictionaries, &version)?;
                Ok(None)
            }
            (MessageHeader::RecordBatch, Some(schema)) => {
                let batch = message.header_as_record_batch();
                let batch = batch.ok_or("a batch of nothing")?;
                let (schema, known) = (schema.clone(), &self.dictionaries);
                let batch = read_record_batch(body, batch, schema, known, Some(columns), &version)?;
                Ok(Some(batch))
            }
            (kind, _) => Err(format!("an unexpected message, {kind:?}").into()),
        }
    }

    /// Appends up to `count` bytes, which are there only if the file has them.
    fn read(&mut self, count: usize, to: &mut Vec<u8>) -> io::Result<()> {
        (&mut self.reader).take(count as u64).read_to_end(to)?;
        Ok(())
    }
}

/// Returns the batch in a message, also that of a dictionary.
fn batch_of<'a>(message: &Message<'a>) -> Option<Header<'a>> {
    let dictionary = || message.header_as_dictionary_batch()?.data();
    message.header_as_record_batch().or_else(dictionary)
}

/// Returns the bytes that the buffers of a message's body say to unpack to, or else
/// their own.
fn unpacked(message: &Message, body: &[u8]) -> Result<u64, String> {
    let Some(batch) = batch_of(message) else {
        return Ok(0);
    };
    let packed = batch.compression().is_some();
    let mut sum = 0u64;
    for buffer in batch.buffers().into_iter().flatten() {
        let within = || {
            let start = usize::try_from(buffer.offset()).ok()?;
            let length = usize::try_from(buffer.length()).ok()?;
            body.get(start..start.checked_add(length)?)
        };
        let bytes = within().ok_or("a part of it ends after it")?;
        let said = bytes
            .first_chunk::<8>()
            .map(|said| i64::from_le_bytes(*said));
        sum = sum.saturating_add(match said.filter(|_| packed) {
            Some(said) if said >= 0 => said as u64,
            // -1 stands for bytes that are not packed.
            _ => bytes.len() as u64,
        });
    }
    Ok(sum)
}
