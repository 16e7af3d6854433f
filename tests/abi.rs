//! What programs were built against stays: abi/baseline.txt lists every function, callback type, handle and constant of the
//! header with the version that it came with. CONTRIBUTING.md says what may change when.

#![cfg(feature = "http")] // without it the header is a part of the committed one
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test that fails may do so anywhere")]

use std::collections::BTreeMap;
use std::path::Path;

const HEADER: &str = include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/include/kaltura_session.h"));

/// Shown when a line is missing.
const HOW: &str = "add new ones to abi/baseline.txt under this version; what is there already is a promise";

#[test]
fn nothing_that_was_promised_has_changed_or_gone() {
    let declared = declarations();
    let broken: Vec<String> = baseline().into_keys().filter(|line| !declared.contains(line)).collect();
    assert!(broken.is_empty(), "in abi/baseline.txt, but not so in the header any more: {broken:#?}");
}

#[test]
fn whatever_is_new_is_listed_with_its_version() {
    let listed = baseline();
    let version = env!("CARGO_PKG_VERSION");
    let new: Vec<String> = declarations()
        .into_iter()
        .filter(|line| !listed.contains_key(line))
        .map(|line| format!("{version}  {line}"))
        .collect();
    assert!(new.is_empty(), "{HOW}:\n{}", new.join("\n"));
    for (line, since) in listed {
        assert!(number(&since) <= number(version), "{line} came with {since}, which is not yet");
    }
}

#[test]
fn no_number_stands_for_two_things_of_a_kind() {
    let mut seen = BTreeMap::new();
    for line in baseline().into_keys() {
        if let Some((name, number)) = line.split_once(" = ") {
            let kind = name.split(' ').next().unwrap().to_owned();
            let other = seen.insert((kind, number.to_owned()), name.to_owned());
            assert_eq!(other, None, "{line}");
        }
    }
    assert!(seen.len() > 60);
}

/// Declaration by version.
fn baseline() -> BTreeMap<String, String> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("abi/baseline.txt");
    let text = std::fs::read_to_string(path).unwrap();
    let lines = text.lines().filter(|line| !line.starts_with('#'));
    lines.map(|line| line.split_once("  ").unwrap()).map(|(since, line)| (line.to_owned(), since.to_owned())).collect()
}

/// The header in the form of the baseline.
fn declarations() -> Vec<String> {
    let mut declarations = Vec::new();
    for statement in without_preprocessor(&without_comments(HEADER)).split(';') {
        let statement = statement.trim().trim_start_matches("extern \"C\" {").trim();
        if let Some((head, values)) = statement.split_once('{') {
            declarations.push(head.trim().to_owned());
            let kind = head.split([',', ')']).nth(1).unwrap_or_default().trim();
            let values = values.trim_end_matches('}').split(',').map(str::trim).filter(|value| !value.is_empty());
            declarations.extend(values.map(|value| format!("{kind} {value}")));
        } else if statement.contains("kaltura_") {
            declarations.push(statement.to_owned());
        }
    }
    declarations
}

fn without_comments(text: &str) -> String {
    let mut pieces = text.split("/*");
    let first = pieces.next().unwrap().to_owned();
    pieces.fold(first, |code, piece| code + piece.split_once("*/").unwrap().1)
}

/// On one line, without the attributes, which mean nothing to whoever is built already.
fn without_preprocessor(text: &str) -> String {
    let mut is_continued = false;
    let lines = text.lines().filter(|line| {
        let is_macro = is_continued || line.starts_with('#');
        is_continued = is_macro && line.ends_with('\\');
        !is_macro
    });
    let words = lines.flat_map(str::split_whitespace);
    let attributes = ["KALTURA_BLOCKS", "KALTURA_MUST_USE", "KALTURA_SENDABLE"];
    words.filter(|word| !attributes.contains(word)).collect::<Vec<_>>().join(" ")
}

fn number(version: &str) -> Vec<u32> {
    version.split('.').map(|part| part.parse().unwrap()).collect()
}
