//! Crash images: the changes that a workload makes to the broker's files are cut off behind every
//! one of them, and in the middle of every write; a broker is started on what is left, and must
//! have kept its promises.
//!
//! A killed process leaves all changes up to the cut. Of a machine that lost its power, what has
//! been synced is left; what has not is gone, or zeros.

mod image;
mod inspect;
mod request;
mod workload;

use std::path::Path;

use image::{Image, Loss};
use workload::Story;

/// Checks one image.
fn check(story: &Story, image: &Image, loss: Loss, cut: usize) {
    let dir = folder();
    image.write_to(dir.path(), loss);
    let checked = std::panic::catch_unwind(|| inspect::inspect(story, dir.path(), loss, cut));
    assert!(
        checked.is_ok(),
        "cut behind change {cut} of {} ({loss:?}), the last being {:?}",
        story.changes.len(),
        story.changes.get(cut.wrapping_sub(1))
    );
}

/// The images behind each change, up to each of `parts` of a write.
fn images(story: &Story, mut visit: impl FnMut(&Image, usize)) {
    let mut image = Image::default();
    visit(&image, 0);
    for (at, (path, change)) in story.changes.iter().enumerate() {
        for part in image::parts(change) {
            let mut torn = image.clone();
            torn.apply(path, &part);
            visit(&torn, at);
        }
        image.apply(path, change);
        visit(&image, at + 1);
    }
}

/// A temporary folder, in memory where that can be had: thousands are made.
fn folder() -> tempfile::TempDir {
    tempfile::tempdir_in("/dev/shm").or_else(|_| tempfile::tempdir()).expect("a temporary folder")
}

fn story() -> (tempfile::TempDir, Story) {
    let dir = folder();
    let story = workload::run(dir.path());
    (dir, story)
}

#[test]
fn the_image_of_all_changes_is_what_lies_on_the_disk() {
    let (dir, story) = story();
    let mut image = Image::default();
    for (path, change) in &story.changes {
        image.apply(path, change);
    }
    assert!(story.changes.len() > 200, "the workload makes {} changes", story.changes.len());
    assert_eq!(image.files(), files_below(dir.path()));
}

#[test]
fn a_killed_broker_keeps_its_promises_at_every_write() {
    let (_dir, story) = story();
    images(&story, |image, cut| check(&story, image, Loss::Nothing, cut));
}

#[test]
fn a_machine_without_power_keeps_what_was_synced_at_every_write() {
    let (_dir, story) = story();
    let mut image = Image::default();
    for (at, (path, change)) in story.changes.iter().enumerate() {
        image.apply(path, change);
        check(&story, &image, Loss::Unsynced, at + 1);
        check(&story, &image, Loss::Zeros, at + 1);
    }
}

/// Relative paths with contents.
fn files_below(root: &Path) -> std::collections::BTreeMap<std::path::PathBuf, Vec<u8>> {
    let mut found = std::collections::BTreeMap::new();
    let mut folders = vec![root.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).expect("a folder").flatten() {
            let path = entry.path();
            if path.is_dir() {
                folders.push(path);
            } else if entry.file_name() != ".lock" {
                let inside = path.strip_prefix(root).expect("below the root").to_owned();
                found.insert(inside, std::fs::read(&path).expect("readable"));
            }
        }
    }
    found
}
