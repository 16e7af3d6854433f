//! The header for servers is the one that `src/ffi/server` makes, and says all that it must.

#![cfg(all(feature = "http", feature = "ks-tools", feature = "admin"))]
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test that fails may do so anywhere")]

mod header_text;

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

const HEADER: &str = include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/include/kaltura_session_server.h"));
const GENERATED: &str = include_str!(env!("KALTURA_SERVER_HEADER"));
const DEFAULT_HEADER: &str = include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/include/kaltura_session.h"));
const GENERATED_DEFAULT: &str = include_str!(env!("KALTURA_HEADER"));

#[test]
fn the_committed_header_is_the_generated_one() {
    let differing = HEADER.lines().zip(GENERATED.lines()).position(|(committed, generated)| committed != generated);
    if let Some(line) = differing {
        panic!("include/kaltura_session_server.h is stale from line {} on: run `make header`", line + 1);
    }
    assert_eq!(HEADER.len(), GENERATED.len(), "include/kaltura_session_server.h is stale: run `make header`");
}

#[test]
fn every_exported_function_is_declared_once() {
    let mut exports: Vec<String> = Vec::new();
    for file in fs::read_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join("src/ffi/server")).unwrap() {
        let path = file.unwrap().path();
        if path.extension().is_some_and(|extension| extension == "rs") {
            exports.extend(header_text::exported_functions(&fs::read_to_string(path).unwrap()));
        }
    }
    let declared: Vec<String> = header_text::functions(HEADER).into_iter().map(|function| function.name).collect();
    let as_set = |names: &[String]| names.iter().cloned().collect::<BTreeSet<_>>();
    assert_eq!(as_set(&declared), as_set(&exports), "see SERVER_SECTIONS in build.rs");
    assert_eq!(declared.len(), exports.len(), "each once");
    assert!(declared.len() > 60);
}

#[test]
fn nothing_of_it_is_in_the_header_for_apps() {
    assert_eq!(DEFAULT_HEADER, GENERATED_DEFAULT, "whatever the features");
    let ours = header_text::functions(HEADER);
    let theirs = header_text::functions(DEFAULT_HEADER);
    for function in ours {
        assert!(theirs.iter().all(|other| other.name != function.name), "{}", function.name);
    }
}

#[test]
fn every_function_has_a_whole_contract() {
    header_text::assert_whole_contracts(HEADER);
}

#[test]
fn the_header_speaks_to_c_programmers() {
    header_text::assert_speaks_to_c_programmers(HEADER);
}
