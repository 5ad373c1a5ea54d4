use super::report as page;
use super::*;
use crate::base::error::Result;
use crate::data::table::{Column, ImageShape, Table, Tags};
use crate::model::Model;
use crate::tests::autoencoders::{first_feature_only, trained};

/// Returns the report of a model on rows.
fn report(model: &Model, table: &Table, title: &str) -> Result<String> {
    page(&Looking::new(model, table)?, title)
}

fn table(columns: usize, rows: usize) -> Table {
    let values = (0..rows * columns).map(|i| ((i * 37 + i / 7) % 101) as f32);
    Table::from_floats(values.collect(), columns).unwrap()
}

fn images(rows: usize) -> Table {
    let shape = ImageShape {
        height: 3,
        width: 2,
        channels: 1,
    };
    let pixels = (0..rows * 6).map(|i| (i * 53 % 256) as u8);
    let mut table = Table::from_images(pixels.collect(), shape).unwrap();
    table.labels = Some(Tags {
        kind: Default::default(),
        name: "digit".into(),
        values: (0..rows).map(|row| (row % 12).to_string()).collect(),
    });
    table
}

/// Checks that every tag that opens also closes, in order.
fn check_nesting(html: &str) {
    let empty = ["!doctype", "meta", "img", "line", "br"];
    let mut open: Vec<&str> = Vec::new();
    let body = &html[html.find("<body>").unwrap()..html.find("<script type").unwrap()];
    for tag in body.split('<').skip(1) {
        let tag = tag.split('>').next().unwrap();
        if let Some(name) = tag.strip_prefix('/') {
            if name == "html" {
                break;
            }
            assert_eq!(open.pop(), Some(name), "at </{name}>");
            continue;
        }
        let name = tag.split([' ', '/', '\n']).next().unwrap();
        if !tag.ends_with('/') && !empty.contains(&name) {
            open.push(name);
        }
    }
    assert_eq!(open, ["body"]);
}

fn check(html: &str) {
    check_nesting(html);
    // Only the page's own data and script.
    assert_eq!(html.matches("<script").count(), 2);
    let text = html.split_once("id=\"page-data\">").unwrap().1;
    let data = text.split_once("</script>").unwrap().0;
    serde_json::from_str::<serde_json::Value>(data).unwrap();
    let (seen, _) = html.split_once("<script type").unwrap();
    for outside in ["http:", "https:", "src=\"/", "url(", "@import"] {
        assert!(!seen.contains(outside), "{outside}");
    }
    for wrong in ["NaN", "inf\"", "None", "Some("] {
        assert!(!seen.contains(wrong), "{wrong}");
    }
}

#[test]
fn a_report_of_images_has_its_sections_and_no_others() {
    let table = images(60);
    let html = report(&trained(&table, 2), &table, "Digits").unwrap();
    check(&html);
    for id in [
        "rows",
        "worst",
        "best",
        "curves",
        "codes",
        "live",
        "decoding",
        "code-units",
        "weights",
        "units",
        "maximised",
        "usefulness",
        "errors",
        "network",
    ] {
        assert!(html.contains(&format!("id=\"{id}\"")), "{id}");
    }
    assert!(!html.contains("id=\"features\""));
    assert!(html.contains("<title>Digits</title>"));
    // Twelve labels, but only ten colours.
    assert!(html.contains("2 more</li>"));
}

#[test]
fn a_report_of_a_table_has_its_sections_and_no_others() {
    let table = table(5, 40);
    let html = report(&trained(&table, 3), &table, "Sales").unwrap();
    check(&html);
    for id in [
        "rows",
        "worst",
        "curves",
        "codes",
        "live",
        "decoding",
        "code-units",
        "weights",
        "units",
        "maximised",
        "features",
        "errors",
        "network",
        "config",
    ] {
        assert!(html.contains(&format!("id=\"{id}\"")), "{id}");
    }
    assert!(!html.contains("id=\"usefulness\"") && !html.contains("<img"));
}

#[test]
fn all_text_of_data_is_escaped() {
    let evil = "<script>alert(1)</script>\"'";
    let mut table = table(2, 40);
    table.named = true;
    table.columns = vec![Column::number(evil), Column::number("b")];
    table.origin = evil.into();
    let tags = Tags {
        kind: Default::default(),
        name: evil.into(),
        values: vec![evil.into(); 40],
    };
    table.labels = Some(tags.clone());
    table.ids = vec![tags];
    let mut model = trained(&table, 1);
    model.warnings.push(evil.into());
    model.config.data.ignore.push(evil.into());
    let html = report(&model, &table, evil).unwrap();
    check(&html);
    assert!(html.contains("&#60;script&#62;"));
}

#[test]
fn the_same_rows_give_the_same_bytes_and_so_does_the_saved_model() {
    let table = images(50);
    let model = trained(&table, 4);
    let html = report(&model, &table, "Twice").unwrap();
    assert_eq!(report(&model, &table, "Twice").unwrap(), html);
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("model.safetensors");
    model.save(&path).unwrap();
    let loaded = Model::load(&path).unwrap();
    assert_eq!(report(&loaded, &table, "Twice").unwrap(), html);
}

#[test]
fn small_and_odd_models_have_reports() {
    let wide = table(5000, 4);
    let no_pca = trained(&wide, 2);
    assert_eq!(no_pca.pca, None);
    let html = report(&no_pca, &wide, "Wide").unwrap();
    check(&html);
    assert!(html.len() < 2_000_000, "{}", html.len());
    assert!(html.contains("The 30 worst of 5,000 features"));

    let two = table(2, 5);
    let model = first_feature_only(&two);
    check(&report(&model, &two, "No rows held out").unwrap());
    check(&report(&model, &two.select(&[0]), "One row").unwrap());
    check(&report(&model, &two.select(&[1, 1, 1]), "Equal rows").unwrap());

    let one = images(40).select(&[3]);
    let mut model = trained(&images(40), 1);
    model.warnings.clear();
    check(&report(&model, &one, "One image").unwrap());
}

#[test]
fn the_headline_tells_how_good_and_how_good_pca_is() {
    // The first feature has nearly all variance; PCA's axis is as good.
    let table = Table::from_floats(vec![0., 1., 2., -1., 40., 0.], 2).unwrap();
    let html = report(&first_feature_only(&table), &table, "t").unwrap();
    let says = "Keeps 99.8\u{202f}% of the variance of 2 features in one number.";
    assert!(html.contains(says) && html.contains("as much as this network"));
}

#[test]
fn a_variational_models_bound_is_among_the_figures() {
    let table = table(6, 60);
    let mut config = crate::config::Config::default();
    config.network.hidden = vec![5];
    config.network.code = 2;
    config.loss.reconstruction = crate::config::Reconstruction::Gaussian;
    config.variational = Some(Default::default());
    config.train.epochs = 2;
    let model = crate::train::Autoencoder::new(config)
        .train(&table)
        .unwrap();
    let html = report(&model, &table, "bound").unwrap();
    check_nesting(&html);
    assert!(html.contains("ELBO per row") && html.contains("Divergence per row"));
}
