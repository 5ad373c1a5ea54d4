//! Forges Parquet files byte by byte, as no writer would write them.

/// A writer of compact Thrift, field after field.
#[derive(Default)]
pub struct Thrift {
    pub bytes: Vec<u8>,
    last: Vec<i16>,
    id: i16,
}

impl Thrift {
    fn unsigned(&mut self, mut value: u64) {
        while value >= 0x80 {
            self.bytes.push(value as u8 | 0x80);
            value >>= 7;
        }
        self.bytes.push(value as u8);
    }

    fn field(&mut self, id: i16, type_: u8) {
        self.bytes.push(((id - self.id) as u8) << 4 | type_);
        self.id = id;
    }

    pub fn number(&mut self, id: i16, value: i64) -> &mut Self {
        self.field(id, 6);
        self.unsigned(((value << 1) ^ (value >> 63)) as u64);
        self
    }

    pub fn text(&mut self, id: i16, text: &str) -> &mut Self {
        self.field(id, 8);
        self.unsigned(text.len() as u64);
        self.bytes.extend_from_slice(text.as_bytes());
        self
    }

    /// Begins a list of structs; the caller adds the structs.
    pub fn list(&mut self, id: i16, count: u64) -> &mut Self {
        self.field(id, 9);
        self.bytes.push(0xfc);
        self.unsigned(count);
        self
    }

    /// Begins a struct as a field, or as an element without `id`.
    pub fn open(&mut self, id: Option<i16>) -> &mut Self {
        if let Some(id) = id {
            self.field(id, 12);
        }
        self.last.push(self.id);
        self.id = 0;
        self
    }

    pub fn close(&mut self) -> &mut Self {
        self.bytes.push(0);
        self.id = self.last.pop().unwrap_or(0);
        self
    }
}

/// Writes an element of a schema.
pub fn element(footer: &mut Thrift, children: Option<i64>, optional: bool, type_: i64) {
    footer.open(None);
    if children.is_none() {
        footer.number(1, type_).number(3, i64::from(optional));
    }
    footer.text(4, if children.is_none() { "a" } else { "r" });
    if let Some(children) = children {
        footer.number(5, children);
    }
    footer.close();
}

/// Returns a file of these bytes and this footer.
pub fn file(pages: &[u8], footer: &[u8]) -> Vec<u8> {
    let length = (footer.len() as u32).to_le_bytes();
    [b"PAR1", pages, footer, &length, b"PAR1"].concat()
}

/// A column, and how often a row group points to its pages.
pub struct Forged {
    pub physical: i64,
    pub codec: i64,
    pub optional: bool,
    pub values: i64,
    pub groups: u64,
    pub pages: Vec<u8>,
}

/// Returns a file of one column, as valid as possible.
pub fn column(forged: &Forged) -> Vec<u8> {
    let mut footer = Thrift::default();
    footer.number(1, 1).list(2, 2);
    element(&mut footer, Some(1), false, 0);
    element(&mut footer, None, forged.optional, forged.physical);
    footer
        .number(3, forged.values * forged.groups as i64)
        .list(4, forged.groups);
    for _ in 0..forged.groups {
        let size = forged.pages.len() as i64;
        footer
            .open(None)
            .list(1, 1)
            .open(None)
            .number(2, 4)
            .open(Some(3));
        footer.number(1, forged.physical);
        // A list of one encoding, and one of one name.
        footer.field(2, 9);
        footer.bytes.extend([0x15, 0x00]);
        footer.field(3, 9);
        footer.bytes.extend([0x18, 0x01, b'a']);
        footer.number(4, forged.codec).number(5, forged.values);
        footer.number(6, size).number(7, size).number(9, 4);
        footer.close().close();
        footer.number(2, size).number(3, forged.values).close();
    }
    footer.close();
    file(&forged.pages, &footer.bytes)
}

/// Returns a page of data with its header.
pub fn page(unpacked: i64, values: i64, encoding: i64, bytes: &[u8]) -> Vec<u8> {
    let mut header = Thrift::default();
    header
        .number(1, 0)
        .number(2, unpacked)
        .number(3, bytes.len() as i64);
    header.open(Some(5)).number(1, values).number(2, encoding);
    header.number(3, 3).number(4, 3).close().close();
    [&header.bytes, bytes].concat()
}

/// Returns a page of a dictionary with its header.
pub fn dictionary(values: i64, bytes: &[u8]) -> Vec<u8> {
    let mut header = Thrift::default();
    let size = bytes.len() as i64;
    header.number(1, 2).number(2, size).number(3, size);
    header
        .open(Some(7))
        .number(1, values)
        .number(2, 0)
        .close()
        .close();
    [&header.bytes, bytes].concat()
}
