//! Tests disks that take less than they are given.

use std::fs;
use std::process::{Command, Stdio};

use super::few_rows::{TRAIN, few, is_clean};
use crate::common::{NARROWS, Scratch};

/// A library that makes every `write` to a file shorter than asked for, as a
/// signal or a full quota may.
const SHORT_WRITES: &str = r#"
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stddef.h>
#include <sys/types.h>
ssize_t write(int file, const void *bytes, size_t count) {
    static ssize_t (*real)(int, const void *, size_t);
    if (!real) real = dlsym(RTLD_NEXT, "write");
    return real(file, bytes, file > 2 && count > 1 ? count / 2 : count);
}
"#;

#[test]
fn writes_that_come_up_short_are_gone_on_with() {
    let scratch = few();
    scratch.write("short.c", SHORT_WRITES);
    let compiler = Command::new("cc")
        .args(["-shared", "-fPIC", "-o", "short.so", "short.c", "-ldl"])
        .current_dir(scratch.path("."))
        .status();
    if !compiler.is_ok_and(|status| status.success()) {
        eprintln!("SKIPPED: no C compiler to make short writes with");
        return;
    }
    scratch.ok(&TRAIN.replace("cut", "whole"));
    let status = Command::new(NARROWS)
        .args(TRAIN.split(' '))
        .current_dir(scratch.path("."))
        .env("LD_PRELOAD", scratch.path("short.so"))
        .env_remove("CARGO_MANIFEST_DIR")
        .status()
        .unwrap();
    assert!(status.success());
    for file in ["model.safetensors", "last.ckpt", "config.toml"] {
        let [cut, whole] = ["cut", "whole"].map(|run| scratch.bytes(&format!("runs/{run}/{file}")));
        assert!(cut == whole, "{file}");
    }
}

/// A separate disk, so small that it fills up.
struct Disk<'s> {
    scratch: &'s Scratch,
}

impl<'s> Disk<'s> {
    fn of(scratch: &'s Scratch, kilobytes: usize) -> Option<Self> {
        fs::create_dir(scratch.path("disk")).unwrap();
        let mounted = Command::new("mount")
            .args(["-t", "tmpfs", "-o", &format!("size={kilobytes}k"), "tmpfs"])
            .arg(scratch.path("disk"))
            .stderr(Stdio::null())
            .status();
        match mounted {
            Ok(status) if status.success() => Some(Disk { scratch }),
            _ => {
                eprintln!("SKIPPED: only root can make a disk to fill");
                None
            }
        }
    }

    fn resize(&self, kilobytes: usize) {
        let status = Command::new("mount")
            .args(["-o", &format!("remount,size={kilobytes}k")])
            .arg(self.scratch.path("disk"))
            .status();
        assert!(status.unwrap().success());
    }
}

impl Drop for Disk<'_> {
    fn drop(&mut self) {
        let _ = Command::new("umount")
            .arg(self.scratch.path("disk"))
            .status();
    }
}

#[test]
fn a_full_disk_ends_with_exit_code_1_and_the_last_checkpoint_whole() {
    let scratch = few();
    let Some(disk) = Disk::of(&scratch, 4096) else {
        return;
    };
    let train = "train my.toml -q --name cut --out disk --set train.epochs=200";
    scratch.ok(&train.replace("--out disk", "--out whole"));
    // Room for some epochs of the growing history.
    let filler = 4096 - 100;
    scratch.write("disk/filler", vec![1; filler * 1024]);
    let full = scratch.run(train);
    assert_eq!(full.code, 1, "{}", full.err);
    assert!(full.err.contains("No space left on device"), "{}", full.err);
    assert!(
        full.err.contains("disk/cut/last.ckpt holds "),
        "{}",
        full.err
    );
    assert!(
        full.err.contains("narrows train disk/cut --resume"),
        "{}",
        full.err
    );
    assert!(is_clean(&scratch, "disk/cut"));
    // With more room the training continues.
    disk.resize(16_384);
    scratch.ok("train disk/cut -q --resume");
    let [cut, whole] =
        ["disk/cut", "whole/cut"].map(|run| scratch.bytes(&format!("{run}/model.safetensors")));
    assert!(cut == whole);
}
