//! Reads a parsed document into a struct. Its errors are data (the key, what
//! was found, what was expected), so that no message of another library has to
//! be parsed.

use std::fmt::{self, Display, Formatter};
use std::ops::Range;

use serde::de::value::{MapAccessDeserializer, SeqDeserializer, StrDeserializer};
use serde::de::{
    DeserializeOwned, DeserializeSeed, Deserializer, Error, Expected, IntoDeserializer, MapAccess,
    Unexpected, Visitor,
};
use toml::Spanned;
use toml::de::{DeString, DeTable, DeValue};

/// Names of keys or variants, as serde lists them.
pub(super) type Names = &'static [&'static str];

/// An error in a document, and its place.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Wrong {
    /// The key with its tables, such as `train.epochs`.
    pub key: String,
    /// The bytes at fault; `None` if they are not known.
    pub span: Option<Range<usize>>,
    /// The kind of error.
    pub what: What,
}

/// The kinds of error.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum What {
    /// The table has no such key.
    Key { found: String, known: Names },
    /// The key takes no such name.
    Name { found: String, known: Names },
    /// The key takes no value of this type.
    Type { found: String, wanted: Wanted },
    /// Another error, with its message.
    Other(String),
}

/// The type of value that a key takes.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Wanted {
    Count,
    Number,
    Truth,
    Text,
    List,
    Table,
    Name(Names),
    /// The words in which the type describes itself.
    Other(String),
}

/// Reads a parsed document.
///
/// # Errors
/// The first error in the document.
pub(super) fn read<T: DeserializeOwned>(table: &DeTable) -> Result<T, Wrong> {
    T::deserialize(MapAccessDeserializer::new(Entries::of(table)))
}

/// Formats a value as it was written; a list or a table is only named.
fn shown(value: &DeValue) -> String {
    match value {
        DeValue::String(text) => format!("{text:?}"),
        DeValue::Integer(number) => number.to_string(),
        DeValue::Float(number) => number.to_string(),
        DeValue::Boolean(truth) => truth.to_string(),
        DeValue::Datetime(date) => date.to_string(),
        DeValue::Array(_) => "a list".into(),
        DeValue::Table(_) => "a table".into(),
    }
}

impl Wrong {
    fn new(what: What) -> Self {
        Wrong {
            key: String::new(),
            span: None,
            what,
        }
    }

    /// Puts `key` before the error's own key, and its position if the error has
    /// none.
    fn below(mut self, key: &Spanned<DeString>) -> Self {
        self.key = match self.key.as_str() {
            "" => key.get_ref().to_string(),
            inner => format!("{}.{inner}", key.get_ref()),
        };
        self.span.get_or_insert(key.span());
        self
    }
}

impl std::error::Error for Wrong {}

impl Display for Wrong {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {:?}", self.key, self.what)
    }
}

impl Error for Wrong {
    fn custom<T: Display>(message: T) -> Self {
        Wrong::new(What::Other(message.to_string()))
    }

    fn invalid_type(found: Unexpected, expected: &dyn Expected) -> Self {
        Wrong::new(What::Type {
            found: found.to_string(),
            wanted: Wanted::Other(expected.to_string()),
        })
    }

    fn invalid_value(found: Unexpected, expected: &dyn Expected) -> Self {
        Self::invalid_type(found, expected)
    }

    fn unknown_field(found: &str, known: Names) -> Self {
        let found = found.into();
        Wrong::new(What::Key { found, known })
    }

    fn unknown_variant(found: &str, known: Names) -> Self {
        let found = found.into();
        Wrong::new(What::Name { found, known })
    }
}

/// A value that serde reads.
#[derive(Clone, Copy)]
struct Reader<'v, 'i>(&'v Spanned<DeValue<'i>>);

impl Reader<'_, '_> {
    /// Passes the value to the visitor by its own type. `wanted` is the type
    /// that serde asks for; `None` if only the visitor knows it.
    fn visit<'de, V: Visitor<'de>>(
        self,
        visitor: V,
        wanted: Option<Wanted>,
    ) -> Result<V::Value, Wrong> {
        match self.0.get_ref() {
            DeValue::String(text) => visitor.visit_str(text),
            DeValue::Integer(number) => {
                let (digits, radix) = (number.as_str(), number.radix());
                if let Ok(number) = u64::from_str_radix(digits, radix) {
                    visitor.visit_u64(number)
                } else if let Ok(number) = i64::from_str_radix(digits, radix) {
                    visitor.visit_i64(number)
                } else {
                    let wide = i128::from_str_radix(digits, radix);
                    visitor.visit_f64(wide.map_or(f64::INFINITY, |number| number as f64))
                }
            }
            DeValue::Float(number) => {
                visitor.visit_f64(number.as_str().parse().unwrap_or(f64::NAN))
            }
            DeValue::Boolean(truth) => visitor.visit_bool(*truth),
            DeValue::Datetime(_) => Err(Wrong::invalid_type(Unexpected::Other("date"), &visitor)),
            DeValue::Array(items) => {
                visitor.visit_seq(SeqDeserializer::new(items.iter().map(Reader)))
            }
            DeValue::Table(table) => visitor.visit_map(Entries::of(table)),
        }
        .map_err(|wrong| self.at(wrong, wanted))
    }

    /// Adds the value's position to an error that has none yet, and to an error
    /// of type also the value and the wanted type.
    fn at(self, mut wrong: Wrong, wanted: Option<Wanted>) -> Wrong {
        if wrong.span.is_some() {
            return wrong;
        }
        wrong.span = Some(self.0.span());
        if let What::Type {
            found,
            wanted: said,
        } = &mut wrong.what
        {
            *found = shown(self.0.get_ref());
            if let Some(wanted) = wanted {
                *said = wanted;
            }
        }
        wrong
    }

    /// Returns the error for a value that is not of the wanted type.
    fn no(self, wanted: Wanted) -> Wrong {
        let found = String::new();
        self.at(Wrong::new(What::Type { found, wanted }), None)
    }
}

/// Defines the methods by which serde asks for a type, each with the wanted
/// type.
macro_rules! ask {
    ($($method:ident: $wanted:ident,)*) => {$(
        fn $method<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Wrong> {
            self.visit(visitor, Some(Wanted::$wanted))
        }
    )*};
}

impl<'de> Deserializer<'de> for Reader<'_, '_> {
    type Error = Wrong;

    ask! {
        deserialize_u64: Count,
        deserialize_f32: Number,
        deserialize_f64: Number,
        deserialize_bool: Truth,
        deserialize_str: Text,
        deserialize_string: Text,
        deserialize_seq: List,
        deserialize_map: Table,
    }

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Wrong> {
        self.visit(visitor, None)
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Wrong> {
        visitor.visit_some(self)
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: Names,
        visitor: V,
    ) -> Result<V::Value, Wrong> {
        // A visitor of a struct would also accept a list of values.
        match self.0.get_ref() {
            DeValue::Table(_) => self.visit(visitor, Some(Wanted::Table)),
            _ => Err(self.no(Wanted::Table)),
        }
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _: &'static str,
        names: Names,
        visitor: V,
    ) -> Result<V::Value, Wrong> {
        let DeValue::String(name) = self.0.get_ref() else {
            return Err(self.no(Wanted::Name(names)));
        };
        let chosen = visitor.visit_enum(StrDeserializer::new(name));
        chosen.map_err(|wrong| self.at(wrong, Some(Wanted::Name(names))))
    }

    serde::forward_to_deserialize_any! {
        u8 u16 u32 u128 i8 i16 i32 i64 i128 char bytes byte_buf unit unit_struct newtype_struct
        tuple tuple_struct identifier ignored_any
    }
}

impl IntoDeserializer<'_, Wrong> for Reader<'_, '_> {
    type Deserializer = Self;

    fn into_deserializer(self) -> Self {
        self
    }
}

/// The keys and values of a table, in order.
struct Entries<'v, 'i> {
    left: toml::map::Iter<'v, Spanned<DeString<'i>>, Spanned<DeValue<'i>>>,
    now: Option<(&'v Spanned<DeString<'i>>, &'v Spanned<DeValue<'i>>)>,
}

impl<'v, 'i> Entries<'v, 'i> {
    fn of(table: &'v DeTable<'i>) -> Self {
        Entries {
            left: table.iter(),
            now: None,
        }
    }
}

impl<'de> MapAccess<'de> for Entries<'_, '_> {
    type Error = Wrong;

    fn next_key_seed<K: DeserializeSeed<'de>>(
        &mut self,
        key: K,
    ) -> Result<Option<K::Value>, Wrong> {
        self.now = self.left.next();
        let name = self.now.map(|(name, _)| name);
        name.map(|name| {
            let read = key.deserialize(StrDeserializer::new(name.get_ref()));
            read.map_err(|wrong: Wrong| wrong.below(name))
        })
        .transpose()
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, value: V) -> Result<V::Value, Wrong> {
        let (name, found) = self.now.expect("a value is asked for behind its key");
        let read = value.deserialize(Reader(found));
        read.map_err(|wrong| wrong.below(name))
    }
}
