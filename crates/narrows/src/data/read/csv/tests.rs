use super::*;
use crate::base::note::Note;
use crate::data::number_format::NumberFormat;
use crate::data::read::read;
use crate::data::read::reader::whole;
use crate::data::table::{ColumnKind, Values};
use crate::settings::{DataConfig, Decimal, Header, Missing};

fn table_with(text: impl AsRef<[u8]>, roles: &Roles) -> Result<Table> {
    let input = Input::memory("t.csv", text.as_ref())?;
    whole(open(input, None, false, roles)?, Room::ENDLESS)
}

fn table(text: &str) -> Result<Table> {
    table_with(text, &Roles::default())
}

fn roles(change: impl FnOnce(&mut Roles)) -> Roles {
    let mut roles = Roles::default();
    change(&mut roles);
    roles
}

fn names(table: &Table) -> Vec<&str> {
    table.columns.iter().map(|c| c.name.as_str()).collect()
}

fn floats(table: &Table) -> &[f32] {
    match &table.values {
        Values::Floats(values) => values,
        _ => panic!(),
    }
}

#[test]
fn a_line_with_text_is_the_header() {
    let named = table("a,2\n1,2\n").unwrap();
    assert_eq!((named.named, named.rows()), (true, 1));
    let unnamed = table("1,\"2\"\r\n3,4").unwrap();
    assert_eq!((unnamed.named, unnamed.rows()), (false, 2));
    assert_eq!(unnamed.columns[1].name, "x2");
    assert_eq!(unnamed.values, Values::Floats(vec![1., 2., 3., 4.]));
    assert!(named.notes.is_empty() && unnamed.notes.is_empty());
}

#[test]
fn lines_are_counted_as_an_editor_does() {
    for text in [
        "a,b\n\n\"1\",2\n1\n3,4\n",
        "a,b\r\n\r\n1,2\r\n1\r\n3,4\r\n",
        "a,b\n1,2\n3,4\n1",
        "\"a\n\n\",b\n1",
        "a,b\r\n1,2\r\n3,4\r\n\"\n1\"",
        "# c\na,b\n1,2\n1",
        "sep=,\na,b\n1,2\n1",
    ] {
        let error = table(text).unwrap_err().to_string();
        assert!(error.contains("line 4: found 1 cell "), "{text:?}: {error}");
    }
}

#[test]
fn numbers_that_count_on_are_names_and_the_setting_says_otherwise() {
    let text = "0,1,2,3\n5,1,7,2\n9,9,1,0\n";
    let named = table(text).unwrap();
    assert_eq!((names(&named), named.rows()), (vec!["0", "1", "2", "3"], 2));
    assert!(named.notes[0].to_string().contains("data.header = false"));
    let row = table_with(text, &roles(|r| r.header = Header::Present(false)));
    assert_eq!(
        (row.as_ref().unwrap().rows(), row.unwrap().named),
        (3, false)
    );
    let given = vec!["a".into(), "b".into(), "c".into(), "d".into()];
    let given = roles(|r| r.header = Header::Names(given));
    for (text, rows) in [
        (text, 2),
        ("5,1,7,2\n9,9,1,0\n", 2),
        ("a,b,c,d\n1,2,3,4\n", 1),
    ] {
        let named = table_with(text, &given).unwrap();
        assert_eq!(
            (names(&named), named.rows()),
            (vec!["a", "b", "c", "d"], rows)
        );
    }
    let error = table_with("1,2\n3,4\n", &given).unwrap_err().to_string();
    assert!(error.contains("found 4 names"), "{error}");
}

#[test]
fn the_columns_of_a_model_without_names_are_told_of_only_beside_a_header() {
    let of = |header: Header| {
        let model = roles(|r| (r.width, r.optional, r.header) = (Some(2), true, header));
        table_with("a,b\n1,2\n3,4\n", &model)
    };
    let table = of(Header::Auto).unwrap();
    assert_eq!(table.rows(), 2);
    assert!(table.notes[0].seen.contains("by their position"));
    assert!(of(Header::Present(true)).unwrap().notes.is_empty());
    // Numbers that count on are such a model's first row.
    let model = roles(|r| (r.width, r.optional) = (Some(4), true));
    let table = table_with("1,2,3,4\n3,3,1,9\n5,1,1,2\n", &model).unwrap();
    assert_eq!(table.rows(), 3);
}

#[test]
fn zeros_after_the_point_are_told_when_they_are_dropped() {
    let of = roles(|r| {
        (r.id, r.one_hot) = (vec!["n".into()], vec!["k".into()]);
    });
    let table = table_with("n,k,a\n1.0,0.0,5\n2.0,1.0,6\n", &of).unwrap();
    assert_eq!(table.ids[0].values, ["1", "2"]);
    let told: Vec<bool> = ["'n'", "'k'"]
        .iter()
        .map(|name| table.notes.iter().any(|note| note.seen.contains(name)))
        .collect();
    assert_eq!(told, [true, true], "{:?}", table.notes);
}

#[test]
fn a_column_without_a_name_holds_the_names_of_rows() {
    for text in [
        ",a,b\nr1,1,2\nr2,3,4\n",
        "\"a\",\"b\"\n\"r1\",1,2\n\"r2\",3,4\n",
    ] {
        let table = table(text).unwrap();
        assert_eq!(names(&table), ["a", "b"]);
        assert_eq!(table.ids[0].values, ["r1", "r2"]);
        assert!(table.notes[0].seen.contains("names the rows"));
    }
    let table = table(",0,1,2\n0,5.1,3.5,1\n1,4.9,3,8\n").unwrap();
    assert_eq!((names(&table), table.rows()), (vec!["0", "1", "2"], 2));
}

#[test]
fn a_file_without_names_is_read_by_the_numbers_of_its_columns() {
    let text = "0,tcp,181,SF\n0,udp,20,SF\n1,tcp,7,REJ\n";
    let of = roles(|r| {
        r.label = Some("x4".into());
        r.one_hot = vec!["x2".into()];
    });
    let table = table_with(text, &of).unwrap();
    assert_eq!((names(&table), table.rows()), (vec!["x1", "x2", "x3"], 3));
    assert_eq!(table.labels.unwrap().values, ["SF", "SF", "REJ"]);
    assert!(table.notes[0].to_string().contains("data.header = true"));
}

#[test]
fn other_delimiters_comments_and_encodings_are_read() {
    let expected = Values::Floats(vec![1., 2.5, 3., 4.]);
    let utf16 = |text: &str, little: bool| -> Vec<u8> {
        let units = "\u{feff}".encode_utf16().chain(text.encode_utf16());
        let bytes = |unit: u16| {
            if little {
                unit.to_le_bytes()
            } else {
                unit.to_be_bytes()
            }
        };
        units.flat_map(bytes).collect()
    };
    for text in [
        b"a|b\n1|2.5\n3|4\n".to_vec(),
        b"sep=;\na;b\n1;2,5\n3;4\n".to_vec(),
        b"# made today\n# by hand\na,b\n1,2.5\n3,4\n".to_vec(),
        b"# a b\n1.0e+00 2.5e+00\n3.0e+00 4.0e+00\n".to_vec(),
        b" a   b\n 1 2.5\n 3   4\n".to_vec(),
        b"a;b\n1;2,5\n3;4,0\n".to_vec(),
        utf16("a,b\r\n1,2.5\r\n3,4\r\n", true),
        utf16("a;b\n1;2,5\n3;4\n", false),
    ] {
        let table = table_with(&text, &Roles::default()).unwrap();
        assert_eq!(
            names(&table),
            ["a", "b"],
            "{:?}",
            String::from_utf8_lossy(&text)
        );
        assert_eq!(table.values, expected);
        // Whatever was inferred is said, but for a delimiter that all can see.
        assert_eq!(table.notes.is_empty(), text.starts_with(b"a|b"));
    }
}

#[test]
fn windows_1252_is_told_and_a_mixture_refused() {
    let city = roles(|r| r.one_hot = vec!["city".into()]);
    let table = table_with(b"city,n\nM\xfcnchen,1\nK\xf6ln \x80,2\n", &city).unwrap();
    let ColumnKind::Category(levels) = &table.columns[0].kind else {
        panic!()
    };
    assert_eq!(levels, &["Köln €", "München"]);
    assert!(
        table.notes[0].seen.contains("Windows-1252"),
        "{:?}",
        table.notes
    );
    for text in ["city,n\nM\u{fc}nchen,1\n", "city,n\nab,1\n"] {
        let bytes = [text.as_bytes(), b"K\xf6ln,2\nM\xc3\xbcnchen,3\n"].concat();
        let error = table_with(bytes, &city).unwrap_err().to_string();
        assert!(error.contains("another encoding"), "{error}");
    }
}

#[test]
fn numbers_are_read_as_all_of_their_column_shows() {
    let text = "a;b;c;d\n1,5;$1,234.50;12 %;1.234\n2;$7;3 %;2.5\n";
    let table = table(text).unwrap();
    assert_eq!(
        floats(&table),
        [1.5, 1234.5, 12.0, 1.234, 2.0, 7.0, 3.0, 2.5]
    );
    // Where all points may be between thousands, the file's comma decides.
    let table = self::table("a;b\n1,5;1.234\n2;2.345\n").unwrap();
    assert_eq!(floats(&table), [1.5, 1234.0, 2.0, 2345.0]);
}

#[test]
fn what_was_inferred_is_kept_for_new_rows() {
    let fill = roles(|r| r.allow_missing = true);
    let text = "a;b;c\n1,5;5 kg;-\n2;6 kg;4\n1.000,25;7 kg;5\n";
    let table = table_with(text, &fill).unwrap();
    let read = floats(&table);
    assert_eq!((read[0], read[1], read[6]), (1.5, 5.0, 1000.25));
    assert!(read[2].is_nan());
    assert_eq!(table.notes.len(), 4, "{:?}", table.notes);
    let new = roles(|r| {
        (r.optional, r.width) = (true, Some(3));
        r.only = Some(vec!["a".into(), "b".into(), "c".into()]);
        r.formats = table.formats.clone();
    });
    let same = table_with("a;b;c\n1,5;5 kg;3\n", &new).unwrap();
    assert_eq!(floats(&same), [1.5, 5.0, 3.0]);
    let unnamed = roles(|r| {
        (r.optional, r.width) = (true, Some(2));
        let decimals = NumberFormat {
            decimal_comma: true,
            ..NumberFormat::default()
        };
        r.formats = ["x1", "x2"]
            .map(|x| (x.to_string(), decimals.clone()))
            .into();
    });
    let same = table_with("1,5;2,5\n", &unnamed).unwrap();
    assert_eq!(floats(&same), [1.5, 2.5]);
    let error = table_with("a;b;c\n1,5;5 lb;3\n", &new)
        .unwrap_err()
        .to_string();
    assert!(error.contains("such as '1234,5 kg'"), "{error}");
}

#[test]
fn clear_thousands_of_a_new_row_are_read_and_told() {
    let new = roles(|r| {
        (r.optional, r.width) = (true, Some(2));
        r.only = Some(vec!["a".into(), "b".into()]);
    });
    let table = table_with("a;b\n2,500.00;1\n", &new).unwrap();
    assert_eq!(floats(&table), [2500.0, 1.0]);
    let note = table.notes[0].to_string();
    assert!(note.starts_with("'2,500.00' is taken for 2500"), "{note}");
    for unclear in ["2,500", "(5)", "5 kg"] {
        let text = format!("a;b\n{unclear};1\n3;4\n");
        assert!(table_with(&text, &new).is_err(), "{unclear}");
    }
}

#[test]
fn two_readings_are_refused_with_the_setting_that_decides() {
    let text = "a;b\n1,234;1\n2,345;2\n";
    let error = table(text).unwrap_err().to_string();
    assert!(error.contains("data.decimal"), "{error}");
    let of = |decimal| table_with(text, &roles(|r| r.decimal = decimal)).unwrap();
    assert_eq!(floats(&of(Decimal::Comma))[0], 1.234);
    assert_eq!(floats(&of(Decimal::Point))[0], 1234.0);
}

#[test]
fn markers_of_ones_own_are_missing() {
    let text = "a,b\n-999,NA\n-999.0,x\n1,y\n";
    let of = |values: &[&str]| {
        let config = DataConfig {
            missing: Missing::Mean,
            missing_values: Some(values.iter().map(ToString::to_string).collect()),
            one_hot: vec!["b".into()],
            ..DataConfig::default()
        };
        table_with(text, &config.roles(false)).unwrap()
    };
    let missing = |table: &Table, column: usize| {
        (0..3)
            .filter(|&row| table.value(row, column).is_nan())
            .count()
    };
    let own = of(&["-999"]);
    assert_eq!((missing(&own, 0), missing(&own, 1)), (2, 0));
    assert_eq!(missing(&of(&["NA"]), 1), 1);
    assert_eq!(missing(&of(&[]), 0), 0);
}

#[test]
fn infinite_cells_are_counted_and_can_be_missing() {
    let text = "a,b\n1,2\ninf,3\n2,-inf\n";
    let error = table(text).unwrap_err().to_string();
    assert!(error.contains("row 2, column 'a': found 'inf'"), "{error}");
    assert!(error.contains("the first of 2"), "{error}");
    let taken = roles(|r| {
        r.allow_missing = true;
        r.missing_values = Some(vec!["inf".into(), "-inf".into()]);
    });
    let table = table_with(text, &taken).unwrap();
    assert_eq!(floats(&table).iter().filter(|v| v.is_nan()).count(), 2);
    let looked_at = roles(|r| (r.any_text, r.allow_missing) = (true, true));
    let notes = table_with(text, &looked_at).unwrap().notes;
    let told = |note: &Note| {
        note.seen
            .starts_with("2 cells are infinite in 32 bits, the first in row 2")
    };
    assert!(notes.iter().any(told), "{notes:?}");
}

#[test]
fn an_unclosed_quote_is_refused_where_it_opens() {
    let mut text = String::from("a,b,note\n");
    for row in 1..=100 {
        let note = if row == 41 { "\"broken" } else { "fine" };
        text += &format!("{row},{},{note}\n", row * 2);
    }
    let error = table(&text).unwrap_err().to_string();
    assert!(
        error.contains("line 42: found a quote that is never closed"),
        "{error}"
    );
    for close in ["\"c, d\"", "x\""] {
        let closed = text.replace("70,140,fine", &format!("70,140,{close}"));
        let error = table(&closed).unwrap_err().to_string();
        assert!(error.contains("line 42: found a quote"), "{error}");
    }
}

#[test]
fn a_quote_that_takes_in_rows_is_refused_however_they_are_parted() {
    // Opened before the last cell of row 10, closed at the end of row 15.
    let rows = |row: fn(usize) -> String, delimiter: char, end: &str| {
        let line = |at: usize| {
            let row = row(at);
            let last = row.rsplit(delimiter).next().unwrap_or_default();
            let start = &row[..row.len() - last.len()];
            match at {
                10 => format!("{start}\"{last}{end}"),
                15 => format!("{row}\"{end}"),
                _ => format!("{row}{end}"),
            }
        };
        (0..40).map(line).collect::<String>()
    };
    let spaced = rows(|at| format!("{at} 1.5 {}", at % 3), ' ', "\n");
    let returns = rows(|at| format!("{at},1.5,{}", at % 3), ',', "\r");
    let one = rows(|at| at.to_string(), ',', "\n");
    for (text, space) in [(spaced, true), (returns, false), (one, false)] {
        let found = table_with(
            &text,
            &roles(|r| {
                if space {
                    r.delimiter = crate::settings::Delimiter::Space;
                }
            }),
        );
        let error = found.unwrap_err().to_string();
        assert!(error.contains("more lines like rows"), "{text:?}: {error}");
    }
}

#[test]
fn lines_above_a_table_can_be_skipped() {
    for (text, lines) in [
        ("569,2,a\n1,2,3,4,5\n2,3,4,5,6\n", 1),
        ("A title\na,b\n1,2\n2,4\n", 1),
        ("A\nlong\ntitle\na,b\n1,2\n2,4\n", 3),
        ("Export 2024,,\na,b,c\n1,2,3\n2,4,5\n", 1),
        ("Export,,\n\n,,\n\na,b,c\n1,2,3\n2,4,5\n", 4),
        ("A title\r\na,b\r\n1,2\r\n2,4\r\n", 1),
        (",,\na,b,c\n1,2,3\n2,4,5\n", 1),
        ("Export,,\n# c\nMore,,\na,b,c\n1,2,3\n2,4,5\n", 3),
    ] {
        let error = table(text).unwrap_err().to_string();
        let setting = format!("data.skip_lines = {lines}");
        assert!(error.contains(&setting), "{error}");
        let table = table_with(text, &roles(|r| r.skip_lines = lines)).unwrap();
        assert_eq!(table.rows(), 2);
    }
}

#[test]
fn a_title_is_known_above_names_and_units() {
    let error = table("Sales,,\na,b,c\n,pcs,USD\n1,2,3\n2,4,5\n").unwrap_err();
    assert!(error.to_string().contains("data.skip_lines = 1"), "{error}");
}

#[test]
fn numbers_with_decimal_commas_or_signs_may_be_below_a_row() {
    for text in [
        "10;20\n1,5;2,5\n3,5;4,1\n7,2;4\n",
        "3\t4\n−5\t2\n−6\t1\n−2\t7\n",
        "900\t850\n1,200\t1,100\n1,250\t1,350.5\n12,500\t3\n",
    ] {
        let table = table_with(text, &roles(|r| r.any_text = true)).unwrap();
        assert_eq!((table.rows(), table.named), (4, false), "{text}");
    }
}

#[test]
fn a_comment_with_as_many_cells_names_the_columns() {
    let any = roles(|r| (r.any_text, r.allow_missing) = (true, true));
    for (text, first, rows) in [
        (
            "#OTU ID\tS1\tS2\nOTU1\t10\t0\nOTU2\t3\t5\nOTU3\t0\t9\n",
            "OTU ID",
            3,
        ),
        ("#sample,x\ns1,6\ns2,9\ns3,2\n", "sample", 3),
        (
            "#chrom,start,end\nchr1,10,20\nchr1,30,40\nchr2,5,9\n",
            "chrom",
            3,
        ),
        ("#id,2001,2002\n1,5,6\n2,7,9\n3,1,2\n", "id", 3),
        ("#SampleID,pH\nS1,7.1\nS2,6.8\nS3,7.4\n", "SampleID", 3),
        ("# made by x, y\na,b\n1,2\n3,4\n", "a", 2),
        (
            "# WHO, 2023\ncountry,2020\nFrance,3.5\nSpain,4\n",
            "country",
            2,
        ),
        (
            "\"\",\"mpg\"\n\"Mazda\",NA\n\"Fiat\",5\n\"Ford\",6\n",
            "mpg",
            3,
        ),
    ] {
        let table = table_with(text, &any).unwrap();
        assert_eq!((names(&table)[0], table.rows()), (first, rows), "{text}");
    }
}

#[test]
fn lines_of_comment_between_rows_are_skipped_and_told() {
    let table = table("a,b,c\n## part 1 ##\n1,2,3\n# part 2, odd\n4,5,6\n").unwrap();
    assert_eq!(floats(&table), [1., 2., 3., 4., 5., 6.]);
    let note = table.notes[0].to_string();
    assert_eq!(note, "2 lines of comment between the rows are skipped");
    for (row, cells) in [("#ff0000,2", 2), ("# 12 High St, London,3,4", 4)] {
        let error = self::table(&format!("a,b,c\n1,2,3\n{row}\n4,5,6\n")).unwrap_err();
        let found = format!("found {cells} cells in row 2");
        assert!(error.to_string().contains(&found), "{error}");
    }
}

#[test]
fn one_hint_is_enough() {
    let text = "id,name,colour,empty,x,y\n1,a b,red,,1,\n2,c d,blue,,inf,2\n3,e f,red,,3,\n4,g,blue,,5,9\n";
    let error = table(text).unwrap_err();
    let hint = error.to_string();
    for part in [
        "data.one_hot = [\"colour\"]",
        "data.ignore = [\"name\", \"empty\"]",
        "data.missing_values = [\"inf\"]",
        "data.missing = \"mask\"",
    ] {
        assert!(hint.contains(part), "{hint}");
    }
    let taken = roles(|r| {
        r.one_hot = vec!["colour".into()];
        r.ignore = vec!["name".into(), "empty".into()];
        r.missing_values = Some(vec!["inf".into()]);
        r.allow_missing = true;
    });
    assert_eq!(table_with(text, &taken).unwrap().rows(), 4);
}

#[test]
fn many_texts_are_no_missing_cells() {
    let mut text = String::from("t\n");
    for row in 0..66_000 {
        text += &format!("text {row}\n");
    }
    let any = roles(|r| (r.any_text, r.allow_missing) = (true, true));
    let table = table_with(&text, &any).unwrap();
    assert!(floats(&table).iter().all(|value| !value.is_nan()));
    let ColumnKind::Category(levels) = &table.columns[0].kind else {
        panic!()
    };
    assert_eq!(levels.len(), 65_537);
}

#[test]
fn a_file_is_read_like_a_pipe() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("t.csv");
    let text = "a;b\n1,5;x\n2;y\n";
    std::fs::write(&path, text).unwrap();
    let of = roles(|r| r.one_hot = vec!["b".into()]);
    let from_file = read(path.to_str().unwrap(), &of).unwrap();
    let piped = table_with(text, &of)
        .unwrap()
        .with_origin(from_file.origin());
    assert_eq!(from_file, piped);
    let parts = crate::data::read::Parts::open(path.to_str().unwrap(), &of).unwrap();
    let parts: Vec<Table> = parts.of_rows(1).map(Result::unwrap).collect();
    assert_eq!(
        parts
            .iter()
            .map(|part| part.value(0, 0))
            .collect::<Vec<_>>(),
        [1.5, 2.0]
    );
    assert_eq!(parts.iter().map(|part| part.notes.len()).sum::<usize>(), 1);
}
