//! Programs that must not compile, and what the compiler says of them. In each file of `tests/messages` one line is wrong,
//! and ends with its right form (`// right: …`), with which the program compiles. Of the message those lines are pinned
//! down that stand in comments at the end of the file; the rest may change with the compiler.

#![allow(clippy::unwrap_used, reason = "a helper that panics fails its test, as it should")]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::time::SystemTime;

/// The folder of the library that this test was built with.
fn libraries() -> PathBuf {
    std::env::current_exe().unwrap().parent().unwrap().to_owned()
}

/// Builds of the library, the newest first: an older one may be of other features or of another compiler.
fn builds() -> Vec<PathBuf> {
    let paths = fs::read_dir(libraries()).unwrap().map(|entry| entry.unwrap().path());
    let is_build = |path: &PathBuf| {
        let name = path.file_name().unwrap().to_string_lossy();
        name.starts_with("libstreams_dsl-") && name.ends_with(".rlib")
    };
    let time = |path: &PathBuf| {
        fs::metadata(path).and_then(|data| data.modified()).unwrap_or(SystemTime::UNIX_EPOCH)
    };
    let mut builds: Vec<PathBuf> = paths.filter(is_build).collect();
    builds.sort_by_key(|path| std::cmp::Reverse(time(path)));
    builds
}

/// Checks a program against a build of the library.
fn check(program: &str, name: &str, build: &Path) -> Output {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR"));
    let source = folder.join(format!("{name}.rs"));
    fs::write(&source, program).unwrap();
    Command::new(std::env::var_os("RUSTC").unwrap_or_else(|| "rustc".into()))
        .args([
            "--edition",
            "2024",
            "--emit",
            "metadata",
            "--diagnostic-width",
            "1000",
            "--allow",
            "warnings",
        ])
        .arg("--out-dir")
        .arg(folder)
        .arg("-L")
        .arg(format!("dependency={}", libraries().display()))
        .arg("--extern")
        .arg(format!("streams_dsl={}", build.display()))
        .arg(&source)
        .output()
        .unwrap()
}

/// A program that is wrong in one line.
struct Wrong {
    name: String,
    text: String,
}

impl Wrong {
    fn all() -> Vec<Self> {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/messages");
        let paths = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
        let read = |path: PathBuf| Self {
            name: path.file_stem().unwrap().to_string_lossy().into_owned(),
            text: fs::read_to_string(&path).unwrap(),
        };
        paths.map(read).collect()
    }

    fn right(&self) -> String {
        let right = |line: &str| line.split_once("// right: ").map_or(line, |(_, right)| right).to_owned();
        self.text.lines().map(right).collect::<Vec<_>>().join("\n")
    }

    /// Where the compiler must point at.
    fn place(&self) -> String {
        let line = self.text.lines().position(|line| line.contains("// right: ")).unwrap();
        format!("{}.rs:{}:", self.name, line + 1)
    }

    /// What the compiler must say.
    fn messages(&self) -> impl Iterator<Item = &str> {
        let (_, messages) = self.text.rsplit_once("\n}\n").unwrap();
        messages.lines().filter_map(|line| line.strip_prefix("// "))
    }
}

#[test]
fn a_program_with_wrong_types_is_told_what_is_wrong_and_what_to_do() {
    let programs = Wrong::all();
    assert!(programs.len() > 10);
    let mut builds = builds().into_iter();
    let compiles = |build: &PathBuf| check(&programs[0].right(), "right", build).status.success();
    let build = builds.find(compiles).expect("no build of the library works with this compiler");
    let mut wanting = Vec::new();
    for program in &programs {
        let name = &program.name;
        let right = check(&program.right(), &format!("{name}_right"), &build);
        let complaint = String::from_utf8_lossy(&right.stderr).into_owned();
        assert!(right.status.success(), "the right form of {name} does not compile: {complaint}");
        let wrong = check(&program.text, name, &build);
        let complaint = String::from_utf8_lossy(&wrong.stderr).into_owned();
        assert!(!wrong.status.success(), "{name} compiles");
        let place = program.place();
        for message in program.messages().chain([&*place]).filter(|message| !complaint.contains(message)) {
            wanting.push(format!("{name} must be told `{message}`, but is told {complaint}"));
        }
    }
    assert!(wanting.is_empty(), "{}", wanting.join("\n"));
}
