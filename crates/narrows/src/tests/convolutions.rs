//! Tests small convolutional autoencoders from rows to results.

use crate::config::{Config, ConvolutionalConfig};
use crate::data::table::{ImageShape, Table, Values};
use crate::look::look;
use crate::model::Model;
use crate::network::NamedTensor;
use crate::train::Autoencoder;

/// Returns 60 images, each with a bright square at a different place; in colour
/// each channel has its own brightness.
fn squares(channels: usize) -> Table {
    let (height, width) = (7, 6);
    let mut pixels = Vec::new();
    for row in 0..60 {
        let (top, left) = (row * 5 % 6, row * 3 % 5);
        for pixel in 0..height * width {
            let (y, x) = (pixel / width, pixel % width);
            let inside = (top..top + 2).contains(&y) && (left..left + 2).contains(&x);
            pixels.extend((0..channels).map(|c| if inside { 250 - 90 * c as u8 } else { 10 }));
        }
    }
    let shape = ImageShape {
        height,
        width,
        channels,
    };
    Table::from_images(pixels, shape).unwrap()
}

fn trained(table: &Table, change: impl FnOnce(&mut Config, &mut ConvolutionalConfig)) -> Model {
    let mut config = Config::default();
    (config.network.hidden, config.network.code) = (vec![], 5);
    (config.train.epochs, config.train.batch) = (3, 10);
    config.optimizer.rate = 0.01;
    let mut convolutional = ConvolutionalConfig {
        channels: vec![3, 4],
        ..Default::default()
    };
    change(&mut config, &mut convolutional);
    config.convolutional = Some(convolutional);
    Autoencoder::new(config).train(table).unwrap()
}

fn error(model: &Model, table: &Table) -> f64 {
    model.evaluate(table).unwrap().scaled.error_per_row
}

fn stored(model: &Model, name: &str) -> NamedTensor {
    let mut all = model.weights().into_iter();
    all.find(|s| s.name == name).unwrap()
}

#[test]
fn squares_come_back_where_they_were() {
    for channels in [1, 3] {
        let table = squares(channels);
        let start = trained(&table, |c, _| c.train.epochs = 1);
        let end = trained(&table, |c, _| c.train.epochs = 60);
        let (start, end) = (error(&start, &table), error(&end, &table));
        assert!(end < 0.4 * start, "{channels} channels: {start} {end}");
    }
}

#[test]
fn every_setting_moves_the_result() {
    type Change = dyn Fn(&mut Config, &mut ConvolutionalConfig);
    let table = squares(1);
    let with = |change: &Change| error(&trained(&table, |c, v| change(c, v)), &table);
    let changes: [&Change; 11] = [
        &|_, _| {},
        &|_, v| v.channels = vec![3],
        &|_, v| v.kernel = 5,
        &|_, v| v.stride = 1,
        &|c, v| (v.maps, c.network.code) = (true, 16),
        &|c, _| c.network.hidden = vec![9],
        &|c, _| c.network.tied = true,
        &|c, _| c.network.batch_norm = true,
        &|c, _| c.network.dropout = 0.3,
        &|c, _| c.network.max_norm = Some(0.2),
        &|c, _| c.loss.l2 = 1.0,
    ];
    let mut errors: Vec<f64> = changes.iter().map(|change| with(change)).collect();
    errors.sort_by(f64::total_cmp);
    assert!(errors.windows(2).all(|e| e[0] < e[1]), "{errors:?}");
}

#[test]
fn the_image_of_a_table_comes_from_the_config() {
    let images = squares(1);
    let Values::Bytes(bytes) = &images.values else {
        panic!()
    };
    let values = bytes.iter().map(|&b| f32::from(b) / 255.0).collect();
    let table = Table::from_floats(values, 42).unwrap();
    let change = |shape: [usize; 2]| {
        let change = |_: &mut Config, v: &mut ConvolutionalConfig| v.image = Some(shape.to_vec());
        error(&trained(&table, change), &table)
    };
    let upright = change([7, 6]);
    let of_images = error(&trained(&images, |_, _| {}), &images);
    assert!((upright - of_images).abs() < 1e-3 * of_images);
    assert_ne!(upright, change([6, 7]));
}

#[test]
fn a_saved_model_gives_the_same_results() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("model.safetensors");
    let table = squares(3);
    for maps in [false, true] {
        let made = trained(&table, |c, v| {
            (c.network.tied, c.network.batch_norm) = (maps, maps);
            (v.maps, c.network.code) = (maps, if maps { 150 } else { 5 });
        });
        made.save(&path).unwrap();
        let back = Model::load(&path).unwrap();
        let codes = made.encode(&table).unwrap();
        assert_eq!(back.encode(&table).unwrap(), codes);
        assert_eq!(
            back.evaluate(&table).unwrap(),
            made.evaluate(&table).unwrap()
        );
        assert_eq!(back.score(&table).unwrap(), made.score(&table).unwrap());
        assert_eq!(
            made.decode(&codes).unwrap().values,
            made.reconstruct(&table).unwrap().values
        );
        // 7 x 6 pixels become 4 x 3 and 2 x 2.
        assert_eq!(codes.columns.len(), if maps { 16 } else { 5 });
        assert_eq!(back.code_maps(), maps.then_some([4, 2, 2]));
    }
}

#[test]
fn a_model_with_other_kernels_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("model.safetensors");
    let mut made = trained(&squares(1), |_, _| {});
    made.config.convolutional.as_mut().unwrap().kernel = 5;
    made.save(&path).unwrap();
    let error = Model::load(&path).unwrap_err().to_string();
    assert!(error.contains("no tensor 'encoder.0.weight'"), "{error}");
}

#[test]
fn the_number_of_threads_changes_no_byte() {
    let folder = tempfile::tempdir().unwrap();
    let table = squares(3);
    let save = |threads: usize| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads);
        let path = folder.path().join(threads.to_string());
        pool.build().unwrap().install(|| {
            let wide = |c: &mut Config, v: &mut ConvolutionalConfig| {
                (v.channels, c.network.batch_norm) = (vec![40, 50], true);
                (c.train.epochs, c.train.batch) = (2, 0);
            };
            trained(&table, wide).save(&path).unwrap();
        });
        std::fs::read(path).unwrap()
    };
    let one = save(1);
    assert_eq!(one, save(2));
    assert_eq!(one, save(5));
}

#[test]
fn max_norm_bounds_maps_and_not_pixels_of_kernels() {
    const BOUND: f32 = 0.3;
    let norm = |of: &mut dyn Iterator<Item = &f32>| of.map(|w| w * w).sum::<f32>().sqrt();
    for tied in [false, true] {
        let model = trained(&squares(2), |c, _| {
            (c.network.tied, c.network.max_norm) = (tied, Some(BOUND));
        });
        let weight = stored(&model, "encoder.0.weight");
        let mut largest = 0f32;
        for map in 0..3 {
            let norm = norm(&mut weight.values.iter().skip(map).step_by(3));
            assert!(norm < BOUND * 1.001, "tied {tied}: {norm}");
        }
        // All weights from one channel of the image: 9 x 3 values.
        for channel in weight.values.chunks(27) {
            largest = largest.max(norm(&mut channel.iter()));
        }
        assert_eq!(largest < BOUND * 1.001, tied, "tied {tied}: {largest}");
    }
}

#[test]
fn filters_are_the_kernels_as_images() {
    let table = squares(3);
    let model = trained(&table, |_, _| {});
    let filters = look(&model, &table).unwrap().weights.unwrap();
    assert!(filters.kernels);
    let image = filters.image.unwrap();
    assert_eq!((image.height, image.width, image.channels), (3, 3, 3));
    let weight = stored(&model, "encoder.0.weight");
    for filter in &filters.shown {
        for (tap, pixel) in filter.weights.chunks(3).enumerate() {
            for (channel, &shown) in pixel.iter().enumerate() {
                let stored = weight.values[(channel * 9 + tap) * 3 + filter.unit - 1];
                assert!((shown * filter.largest - stored).abs() < 1e-6);
            }
        }
    }
}

#[test]
fn the_report_draws_maps() {
    let table = squares(1);
    let model = trained(&table, |_, _| {});
    let html = crate::report(
        &crate::look::Looking::new(&model, &table).unwrap(),
        "squares",
    )
    .unwrap();
    for words in [
        "7 × 6 → 3 × 4 × 3",
        "3 maps of 4 × 3 pixels",
        "kernels of 3 × 3",
    ] {
        assert!(html.contains(words), "{words}");
    }
}

/// Follows the training of Masci et al. (2011).
#[test]
fn convolutions_are_trained_one_after_another() {
    use crate::config::{LayerEpochs, Layerwise, Networks};
    let table = squares(2);
    for (maps, networks, fine_tune) in [
        (false, Networks::Shared, 0),
        (true, Networks::Separate, 0),
        (false, Networks::Separate, 3),
    ] {
        let model = trained(&table, |c, v| {
            (v.maps, c.network.code) = (maps, if maps { 16 } else { 5 });
            c.train.epochs = Config::default().train.epochs;
            c.layerwise = Some(Layerwise {
                epochs: LayerEpochs::All(8),
                networks,
                fine_tune,
                ..Default::default()
            });
        });
        let layers = if maps { 2 } else { 3 };
        assert_eq!(model.history.len(), layers * 8 + fine_tune);
        for layer in model.history.chunks_exact(8).take(layers) {
            let loss = |at: usize| layer[at].loss["reconstruction"];
            assert!(loss(7) < loss(0), "{} {}", loss(0), loss(7));
        }
        let explained = model.evaluate(&table).unwrap().scaled.explained_variance;
        assert!(explained.unwrap() > 0.0, "no better than the mean");
    }
}

#[test]
fn directions_of_the_contractive_term_mean_something_beside_convolutions() {
    use crate::config::Layerwise;
    use crate::objective::variant::Contractive;
    let mut config = Config::default();
    config.network.hidden = vec![];
    config.contractive = Some(Contractive {
        directions: Some(3),
        ..Default::default()
    });
    assert!(config.check().is_err());
    config.convolutional = Some(ConvolutionalConfig::default());
    config.check().unwrap();
    for fine_tune in [0, 2] {
        config.layerwise = Some(Layerwise {
            fine_tune,
            ..Default::default()
        });
        config.check().unwrap();
    }
}
