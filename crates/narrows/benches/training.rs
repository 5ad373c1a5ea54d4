//! An epoch of training and encoding, as a program that uses the library does
//! them. A step is an epoch of as many rows as a batch has.

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use narrows::{Autoencoder, Config, Control, ImageShape, Table, Training};

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Images of bytes that look like something.
fn images(rows: usize) -> Table {
    let pixels = (0..rows * 784).map(|at| {
        let (row, pixel) = (at / 784, at % 784);
        if (pixel * (row % 7 + 3) / 29).is_multiple_of(5) {
            200
        } else {
            10
        }
    });
    let shape = ImageShape {
        height: 28,
        width: 28,
        channels: 1,
    };
    Table::from_images(pixels.collect(), shape).unwrap()
}

fn config(hidden: &[usize], code: usize, batch: usize) -> Config {
    let mut config = Config::default();
    (config.network.hidden, config.network.code) = (hidden.to_vec(), code);
    (config.train.batch, config.train.epochs) = (batch, usize::MAX);
    config.data.held_out = Some(0.into());
    config
}

fn training(c: &mut Criterion) {
    let mut group = c.benchmark_group("training");
    group.sample_size(10);
    let table = |rows: usize| {
        let values = (0..rows * 30).map(|at| (at * 37 % 101) as f32 / 100.0);
        Table::from_floats(values.collect(), 30).unwrap()
    };
    for (name, config, data) in [
        ("step of 784-300-150", config(&[300], 150, 150), images(150)),
        (
            "epoch of 784-300-150",
            config(&[300], 150, 150),
            images(3000),
        ),
        ("step of 30-64-8, batch 32", config(&[64], 8, 32), table(32)),
        (
            "epoch of 30-64-8, batch 32",
            config(&[64], 8, 32),
            table(3200),
        ),
    ] {
        let mut training = Training::new(&config, &data).unwrap();
        group.throughput(Throughput::Elements(data.rows() as u64));
        group.bench_function(name, |bench| {
            bench.iter(|| training.run_epoch(&mut |_| Control::Continue).unwrap());
        });
    }
}

fn encoding(c: &mut Criterion) {
    let mut config = config(&[300], 150, 150);
    config.train.epochs = 1;
    let model = Autoencoder::new(config).train(&images(300)).unwrap();
    let mut group = c.benchmark_group("encoding by 784-300-150");
    for rows in [1, 8, 32, 256, 1024, 10_000] {
        let table = images(rows);
        group.throughput(Throughput::Elements(rows as u64));
        group.bench_function(BenchmarkId::from_parameter(rows), |bench| {
            bench.iter(|| model.encode(&table).unwrap());
        });
    }
}

criterion_group!(all, training, encoding);
criterion_main!(all);
