//! The structs of a Parquet file, with the field numbers of its specification.

use super::thrift::Kind::{Bool, Byte, Bytes, Double, Int, List, Struct};
use super::thrift::Shape;

/// The path of a schema element in [`FILE`], and of its number of children.
pub(super) const SCHEMA: &[i16] = &[2];
pub(super) const CHILDREN: &[i16] = &[2, 5];

/// The footer, which describes the file.
pub(super) static FILE: &Shape = &[
    (1, Int),
    (2, List(&Struct(ELEMENT))),
    (3, Int),
    (4, List(&Struct(GROUP))),
    (5, List(&Struct(KEY_VALUE))),
    (6, Bytes),
    (7, List(&Struct(EMPTY_UNION))),
    (8, Struct(UNKNOWN)),
    (9, Bytes),
];

static EMPTY: &Shape = &[];
/// Used only by encrypted files.
static UNKNOWN: &Shape = &[];
static EMPTY_UNION: &Shape = &[(1, Struct(EMPTY)), (2, Struct(EMPTY)), (3, Struct(EMPTY))];

static ELEMENT: &Shape = &[
    (1, Int),
    (2, Int),
    (3, Int),
    (4, Bytes),
    (5, Int),
    (6, Int),
    (7, Int),
    (8, Int),
    (9, Int),
    (10, Struct(LOGICAL)),
];

static LOGICAL: &Shape = &[
    (1, Struct(EMPTY)),
    (2, Struct(EMPTY)),
    (3, Struct(EMPTY)),
    (4, Struct(EMPTY)),
    (5, Struct(&[(1, Int), (2, Int)])),
    (6, Struct(EMPTY)),
    (7, Struct(TIME)),
    (8, Struct(TIME)),
    (10, Struct(&[(1, Byte), (2, Bool)])),
    (11, Struct(EMPTY)),
    (12, Struct(EMPTY)),
    (13, Struct(EMPTY)),
    (14, Struct(EMPTY)),
    (15, Struct(EMPTY)),
    (16, Struct(&[(1, Byte)])),
    (17, Struct(&[(1, Bytes)])),
    (18, Struct(&[(1, Bytes), (2, Int)])),
];
static TIME: &Shape = &[(1, Bool), (2, Struct(EMPTY_UNION))];

static GROUP: &Shape = &[
    (1, List(&Struct(CHUNK))),
    (2, Int),
    (3, Int),
    (4, List(&Struct(&[(1, Int), (2, Bool), (3, Bool)]))),
    (5, Int),
    (6, Int),
    (7, Int),
];

static CHUNK: &Shape = &[
    (1, Bytes),
    (2, Int),
    (3, Struct(COLUMN)),
    (4, Int),
    (5, Int),
    (6, Int),
    (7, Int),
    (8, Struct(UNKNOWN)),
    (9, Bytes),
];

static COLUMN: &Shape = &[
    (1, Int),
    (2, List(&Int)),
    (3, List(&Bytes)),
    (4, Int),
    (5, Int),
    (6, Int),
    (7, Int),
    (8, List(&Struct(KEY_VALUE))),
    (9, Int),
    (10, Int),
    (11, Int),
    (12, Struct(STATISTICS)),
    (13, List(&Struct(&[(1, Int), (2, Int), (3, Int)]))),
    (14, Int),
    (15, Int),
    (16, Struct(&[(1, Int), (2, List(&Int)), (3, List(&Int))])),
    (17, Struct(&[(1, Struct(BOX)), (2, List(&Int))])),
];

static KEY_VALUE: &Shape = &[(1, Bytes), (2, Bytes)];

static BOX: &Shape = &[
    (1, Double),
    (2, Double),
    (3, Double),
    (4, Double),
    (5, Double),
    (6, Double),
    (7, Double),
    (8, Double),
];

static STATISTICS: &Shape = &[
    (1, Bytes),
    (2, Bytes),
    (3, Int),
    (4, Int),
    (5, Bytes),
    (6, Bytes),
    (7, Bool),
    (8, Bool),
];

/// The header of a page.
pub(super) static PAGE: &Shape = &[
    (1, Int),
    (2, Int),
    (3, Int),
    (4, Int),
    (5, Struct(DATA)),
    (6, Struct(EMPTY)),
    (7, Struct(&[(1, Int), (2, Int), (3, Bool)])),
    (8, Struct(DATA_V2)),
];

static DATA: &Shape = &[
    (1, Int),
    (2, Int),
    (3, Int),
    (4, Int),
    (5, Struct(STATISTICS)),
];

static DATA_V2: &Shape = &[
    (1, Int),
    (2, Int),
    (3, Int),
    (4, Int),
    (5, Int),
    (6, Int),
    (7, Bool),
    (8, Struct(STATISTICS)),
];
