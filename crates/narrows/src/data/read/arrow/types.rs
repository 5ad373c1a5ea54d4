//! Finds out what the columns of an Arrow file hold, and which of them are read.

use arrow_schema::{DataType, Schema};

use crate::base::error::{Error, Place, Result};
use crate::data::read::columns::Columns;
use crate::data::table::TagKind;

/// A column that is read: its index in the file, which is that among the names.
pub(super) struct Leaf {
    pub index: usize,
    pub column: usize,
}

/// Returns the columns that cannot be read, each with what it holds.
pub(super) fn unread(schema: &Schema, headers: &[String]) -> Vec<(String, String)> {
    let columns = headers.iter().zip(schema.fields());
    let unread = columns.filter_map(|(name, field)| {
        let holds = other(field.data_type())?;
        Some((name.clone(), holds.into()))
    });
    unread.collect()
}

/// Returns the columns to read; all must be flat and of a known type.
pub(super) fn leaves(origin: &str, schema: &Schema, columns: &mut Columns) -> Result<Vec<Leaf>> {
    let mut leaves = Vec::new();
    for (index, field) in schema.fields().iter().enumerate() {
        let other = other(field.data_type());
        let is_needed = !columns.ignores(index) || columns.keeps_cells();
        // What cannot be read is not looked at either.
        let may_lack = columns.ignores(index) || columns.observes();
        if !is_needed || may_lack && other.is_some() {
            continue;
        }
        if let Some(found) = other {
            return Err(Error::data(
                origin,
                Place::Column(columns.name(index).into()),
                found,
                "a column of numbers, booleans or text",
                "name the column in data.ignore, or store it as numbers",
            ));
        }
        columns.set_tag_kind(index, tag_kind(field.data_type()));
        leaves.push(Leaf {
            index,
            column: index,
        });
    }
    Ok(leaves)
}

/// Returns what a column holds that cannot be read; `None` if it can.
fn other(kind: &DataType) -> Option<&'static str> {
    use DataType::*;
    Some(match kind {
        Null | Boolean | Int8 | Int16 | Int32 | Int64 | UInt8 | UInt16 | UInt32 | UInt64
        | Float16 | Float32 | Float64 | Duration(_) | Utf8 | LargeUtf8 | Utf8View | Binary
        | LargeBinary | BinaryView | Decimal32(..) | Decimal64(..) | Decimal128(..)
        | Decimal256(..) => return None,
        Date32 | Date64 | Time32(_) | Time64(_) | Timestamp(..) => return None,
        Dictionary(_, values) => return other(values),
        Interval(_) => "intervals",
        FixedSizeBinary(_) => "bytes",
        List(_) | LargeList(_) | ListView(_) | LargeListView(_) | FixedSizeList(..) => "lists",
        Struct(_) => "structs",
        Map(..) => "maps",
        Union(..) => "unions",
        RunEndEncoded(..) => "runs of equal values",
    })
}

/// Returns what the values of a column are as labels or ids.
fn tag_kind(kind: &DataType) -> TagKind {
    use DataType::*;
    match kind {
        Boolean => TagKind::Boolean,
        Int8 | Int16 | Int32 | Int64 | UInt8 | UInt16 | UInt32 | Duration(_) => TagKind::Integer,
        Float16 | Float32 | Float64 | Decimal32(..) | Decimal64(..) | Decimal128(..)
        | Decimal256(..) => TagKind::Number,
        Dictionary(_, values) => tag_kind(values),
        // Without a sign, 64 bits may hold more.
        _ => TagKind::Text,
    }
}
