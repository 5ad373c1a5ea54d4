//! The narrows side of `bench/race`: a process that does one thing for each
//! line it is sent and answers with one line of JSON.
//!
//! ```text
//! race train CONFIG DATA [KEY=VALUE ...]   `epoch` trains one epoch,
//!                                          `checkpoint PATH` writes the weights
//!                                          as they are, `model PATH` the model
//! race encode MODEL DATA                   `encode ROWS SECONDS` encodes so
//!                                          many rows again and again
//! race machine                             says what the processor can do
//! ```
//!
//! `NARROWS_THREADS` is the number of threads (default: all cores).

use std::io::{BufRead, Write};
use std::time::Instant;

use narrows::config::Config;
use narrows::read::{Roles, read};
use narrows::{ConfigText, Control, Model, Table, Training};
use rayon::prelude::*;
use serde_json::{Value, json};

/// As in the program.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

type Outcome<T> = Result<T, Box<dyn std::error::Error>>;

fn main() -> Outcome<()> {
    let threads: usize = match std::env::var("NARROWS_THREADS") {
        Ok(text) => text.parse()?,
        Err(_) => 0,
    };
    rayon::ThreadPoolBuilder::new()
        .num_threads(threads)
        .build_global()?;
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match words[..] {
        ["train", config, data, ref changes @ ..] => train(config, data, changes),
        ["encode", model, data] => encode(model, data),
        ["machine"] => answer(&machine()),
        _ => Err("race train CONFIG DATA [KEY=VALUE ...] | encode MODEL DATA | machine".into()),
    }
}

fn answer(said: &Value) -> Outcome<()> {
    let mut out = std::io::stdout().lock();
    writeln!(out, "{said}")?;
    Ok(out.flush()?)
}

fn rows(path: &str) -> Outcome<Table> {
    Ok(read(path, &Roles::default())?)
}

fn train(config: &str, data: &str, changes: &[&str]) -> Outcome<()> {
    let text = std::fs::read_to_string(config)?;
    let changes: Vec<String> = changes.iter().map(ToString::to_string).collect();
    let config: Config = ConfigText::new(config, &text, &changes).parse()?;
    let table = read(data, &config.data.roles(false))?;
    let mut training = Training::new(&config, &table)?;
    answer(&json!({
        "rows": training.split().0,
        "shape": training.shape(),
        "weights": training.weights(),
    }))?;
    for line in std::io::stdin().lock().lines() {
        let line = line?;
        match line.split(' ').collect::<Vec<_>>()[..] {
            ["epoch"] => answer(&epoch(&mut training)?)?,
            ["checkpoint", path] => {
                training.checkpoint(path.as_ref())?;
                answer(&json!({}))?;
            }
            ["model", path] => {
                training.finish().save(path)?;
                return answer(&json!({}));
            }
            _ => return Err(format!("no command '{line}'").into()),
        }
    }
    Ok(())
}

/// One epoch. Its seconds are those of the training pass: held-out rows are
/// measured after it, and not counted.
fn epoch(training: &mut Training) -> Outcome<Value> {
    let rows = training.split().0;
    let before = processor_seconds();
    let mut after = before;
    let done = training
        .run_epoch(&mut |step| {
            if step.step == step.steps {
                after = processor_seconds();
            }
            Control::Continue
        })?
        .ok_or("training is over: train.epochs is too low")?;
    // Penalties of the weights are known to PyTorch's optimizer only.
    let of_rows = done.epoch.loss.iter();
    let of_rows = of_rows.filter(|(name, _)| !["total", "l1", "l2"].contains(&name.as_str()));
    Ok(json!({
        "epoch": done.epoch.epoch,
        "rows": rows,
        "seconds": rows as f64 / done.rows_per_second,
        "processor_seconds": before.zip(after).map(|(before, after)| after - before),
        "loss": of_rows.map(|(_, value)| value).sum::<f64>(),
    }))
}

/// What all threads of this process have computed for; only Linux tells.
fn processor_seconds() -> Option<f64> {
    let threads = std::fs::read_dir("/proc/self/task").ok()?;
    let nanoseconds = threads.flatten().filter_map(|thread| {
        let text = std::fs::read_to_string(thread.path().join("schedstat")).ok()?;
        text.split(' ').next()?.parse::<f64>().ok()
    });
    Some(nanoseconds.sum::<f64>() / 1e9)
}

fn encode(model: &str, data: &str) -> Outcome<()> {
    let model = Model::load(model)?;
    let table = rows(data)?;
    answer(&json!({ "rows": table.rows(), "shape": model.shape() }))?;
    for line in std::io::stdin().lock().lines() {
        let line = line?;
        match line.split(' ').collect::<Vec<_>>()[..] {
            ["encode", rows, seconds] => {
                answer(&encode_for(
                    &model,
                    &table,
                    rows.parse()?,
                    seconds.parse()?,
                )?)?;
            }
            _ => return Err(format!("no command '{line}'").into()),
        }
    }
    Ok(())
}

/// Encodes the table's first rows until the seconds are over.
fn encode_for(model: &Model, table: &Table, rows: usize, seconds: f64) -> Outcome<Value> {
    let columns = table.columns().len();
    let all = (0..rows * columns).map(|at| table.value(at / columns, at % columns));
    let numbers: Vec<f32> = all.collect();
    let encoder = model.encoder()?;
    let mut calls = 0;
    let mut codes = encoder.encode(&numbers)?;
    let (started, before) = (Instant::now(), processor_seconds());
    while calls == 0 || started.elapsed().as_secs_f64() < seconds {
        codes = encoder.encode(&numbers)?;
        calls += 1;
    }
    let (taken, after) = (started.elapsed().as_secs_f64(), processor_seconds());
    // The same on every side if all encode alike.
    let last = codes.rchunks(encoder.code()).next().unwrap_or_default();
    let sum: f64 = last.iter().map(|&unit| f64::from(unit)).sum();
    Ok(json!({
        "rows": rows * calls,
        "seconds": taken,
        "processor_seconds": before.zip(after).map(|(before, after)| after - before),
        "check": sum,
    }))
}

/// What the processor can do at most, with the threads that are used.
fn machine() -> Value {
    let best = |of: fn() -> f64| (0..5).map(|_| of()).fold(0.0, f64::max);
    json!({
        "threads": rayon::current_num_threads(),
        "gigaflops": best(multiply_adds),
        "gigabytes_a_second": best(triad),
    })
}

/// Thousand millions of operations a second of fused multiply-adds whose
/// numbers all stay in registers; each is two operations for each lane.
fn multiply_adds() -> f64 {
    let started = Instant::now();
    let operations = rayon::broadcast(|_| pulp::Arch::new().dispatch(MultiplyAdds));
    operations.iter().sum::<usize>() as f64 / started.elapsed().as_secs_f64() / 1e9
}

/// Gives the number of operations that it made.
struct MultiplyAdds;

impl pulp::WithSimd for MultiplyAdds {
    type Output = usize;

    #[inline(always)]
    fn with_simd<S: pulp::Simd>(self, simd: S) -> usize {
        /// Enough sums under way that none waits for the one before it.
        const SUMS: usize = 12;
        const ROUNDS: usize = 20_000_000;
        // Nothing here is known to the compiler, which would shorten the work.
        let unknown = |value: f32| simd.splat_f32s(std::hint::black_box(value));
        let (factor, term) = (unknown(0.999_999), unknown(1e-6));
        let mut sums: [_; SUMS] = std::array::from_fn(|at| unknown(at as f32));
        for _ in 0..ROUNDS {
            for sum in &mut sums {
                *sum = simd.mul_add_f32s(*sum, factor, term);
            }
        }
        sums.iter().for_each(|&sum| {
            std::hint::black_box(simd.reduce_sum_f32s(sum));
        });
        2 * S::F32_LANES * SUMS * ROUNDS
    }
}

/// Gigabytes a second of `a = b + 3 c` over three arrays of 256 MB together,
/// as STREAM counts them: two read, one written.
fn triad() -> f64 {
    const LENGTH: usize = (256 << 20) / 3 / size_of::<f32>();
    let (b, c) = (vec![1.0f32; LENGTH], vec![2.0f32; LENGTH]);
    let mut a = vec![0.0f32; LENGTH];
    let part = LENGTH.div_ceil(rayon::current_num_threads());
    let mut best = 0.0;
    for _ in 0..3 {
        let started = Instant::now();
        let parts = a.par_chunks_mut(part).zip(b.par_chunks(part));
        parts.zip(c.par_chunks(part)).for_each(|((a, b), c)| {
            for ((a, b), c) in a.iter_mut().zip(b).zip(c) {
                *a = b + 3.0 * c;
            }
        });
        std::hint::black_box(&a);
        let rate = (3 * LENGTH * size_of::<f32>()) as f64 / started.elapsed().as_secs_f64() / 1e9;
        best = f64::max(best, rate);
    }
    best
}
