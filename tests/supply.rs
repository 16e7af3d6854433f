//! What the library is made of is what the documents say.

#![cfg(feature = "http")]
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test that fails may do so anywhere")]

use std::collections::BTreeSet;
use std::process::Command;

const DOCUMENT: &str = include_str!("../docs/dependencies.md");
const MANIFEST: &str = include_str!("../Cargo.toml");

#[test]
fn every_direct_dependency_has_its_reason() {
    let of_manifest: BTreeSet<String> = dependencies_in("[dependencies]").into_iter().collect();
    assert_eq!(&rows("## Direct") | &rows("## For servers"), of_manifest);
    let others = ["[build-dependencies]", "[dev-dependencies]", "[target.'cfg(kaltura_shuttle)'.dev-dependencies]"];
    assert_eq!(rows("## Not linked"), others.into_iter().flat_map(dependencies_in).collect());
}

#[test]
fn all_that_is_linked_is_listed() {
    let arguments = ["tree", "--locked", "--offline", "--edges=normal,no-proc-macro", "--prefix=none", "--format={p}"];
    let output = Command::new(env!("CARGO"))
        .args(arguments)
        .args(["--target=x86_64-unknown-linux-gnu", "--package=kaltura-session"])
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let text = String::from_utf8(output.stdout).unwrap();
    let linked = text.lines().filter_map(|line| line.split(' ').next()).filter(|name| !name.is_empty());
    let linked: BTreeSet<String> = linked.filter(|&name| name != "kaltura-session").map(str::to_owned).collect();
    assert_eq!(linked, &rows("## Direct") | &rows("## Indirect"));
}

/// The names in the first column of the table under a heading.
fn rows(heading: &str) -> BTreeSet<String> {
    let section = DOCUMENT.split_once(&format!("{heading}\n")).unwrap().1.split("\n## ").next().unwrap();
    let cells = section.lines().filter_map(|line| line.strip_prefix("| ")?.split(" |").next());
    cells.filter(|cell| !cell.starts_with("---") && *cell != "crate").map(str::to_owned).collect()
}

/// The crates of a table of the manifest, by their own names.
fn dependencies_in(table: &str) -> Vec<String> {
    let section = MANIFEST.split_once(&format!("\n{table}\n")).unwrap().1.split("\n[").next().unwrap();
    let lines = section.lines().filter(|line| !line.starts_with('#'));
    lines
        .filter_map(|line| line.split_once(" = "))
        .map(|(name, value)| match value.split_once("package = \"") {
            Some((_, package)) => package.split('"').next().unwrap().to_owned(),
            None => name.to_owned(),
        })
        .collect()
}
