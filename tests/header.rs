//! The header is the one that `src/ffi` makes, says all that it must, and agrees with what else says the same.

#![cfg(feature = "http")] // without it the header is a part of the committed one
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test that fails may do so anywhere")]

#[path = "header/api_notes.rs"]
mod api_notes;
mod header_text;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use header_text::{Function, exported_functions};

const HEADER: &str = include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/include/kaltura_session.h"));
const GENERATED: &str = include_str!(env!("KALTURA_HEADER"));

#[test]
fn the_committed_header_is_the_generated_one() {
    let differing = HEADER.lines().zip(GENERATED.lines()).position(|(committed, generated)| committed != generated);
    if let Some(line) = differing {
        panic!("include/kaltura_session.h is stale from line {} on: run `make header`", line + 1);
    }
    assert_eq!(HEADER.len(), GENERATED.len(), "include/kaltura_session.h is stale: run `make header`");
}

#[test]
fn every_exported_function_is_declared_once() {
    let mut exports: Vec<String> = Vec::new();
    for file in fs::read_dir(root().join("src/ffi")).unwrap().map(|entry| entry.unwrap().path()) {
        // It stands in for a function of the compiler's runtime, inside the archive's one object.
        let is_stand_in = file.ends_with("backtrace.rs");
        if file.extension().is_some_and(|extension| extension == "rs") && !is_stand_in {
            exports.extend(exported_functions(&fs::read_to_string(file).unwrap()));
        }
    }
    let declared: Vec<String> = functions().into_iter().map(|function| function.name).collect();
    let undeclared: Vec<&String> = exports.iter().filter(|name| !declared.contains(name)).collect();
    let unknown: Vec<&String> = declared.iter().filter(|name| !exports.contains(name)).collect();
    assert!(undeclared.is_empty(), "exported, but not in the header: {undeclared:?}; see SECTIONS in build.rs");
    assert!(unknown.is_empty(), "in the header, but not exported: {unknown:?}");
    assert_eq!(exports.len(), declared.len(), "each once");
}

#[test]
fn every_function_has_a_whole_contract() {
    header_text::assert_whole_contracts(HEADER);
}

#[test]
fn only_outputs_are_marked_as_outputs() {
    for Function { name, comment, declaration, .. } in functions() {
        assert_eq!(comment.matches("@param[out]").count(), declaration.matches("**").count(), "{name}");
    }
}

#[test]
fn both_ways_to_pass_a_reply_on_name_the_headers_that_are_read() {
    for name in ["kaltura_exchange_add_header", "kaltura_flow_add_header"] {
        let function = functions().into_iter().find(|function| function.name == name).unwrap();
        let words: Vec<&str> = function.comment.split([' ', ',', ';', '.', '\n']).collect();
        for header in kaltura_session::ReplyHeaders::NAMES {
            assert!(words.contains(&header), "{name} names {header}");
        }
    }
}

#[test]
fn the_header_speaks_to_c_programmers() {
    header_text::assert_speaks_to_c_programmers(HEADER);
}

#[test]
fn every_name_is_the_librarys_own() {
    for function in functions() {
        assert!(function.name.starts_with("kaltura_"), "{}", function.name);
    }
    for name in HEADER.lines().filter_map(|line| line.strip_prefix("#define ")?.split([' ', '(']).next()) {
        // These two are taken away again, see the preamble.
        let is_ours = name.starts_with("KALTURA_") || ["__has_attribute", "__has_extension"].contains(&name);
        assert!(is_ours, "{name}");
    }
    for handle in HEADER.lines().filter_map(|line| line.strip_prefix("typedef struct ")) {
        assert!(handle.starts_with("kaltura_"), "{handle}");
    }
}

#[test]
fn versions_are_cargos_and_the_build_scripts() {
    let expected = [
        ("VERSION", format!("{:?}", env!("CARGO_PKG_VERSION"))),
        ("VERSION_MAJOR", env!("CARGO_PKG_VERSION_MAJOR").to_owned()),
        ("VERSION_MINOR", env!("CARGO_PKG_VERSION_MINOR").to_owned()),
        ("VERSION_PATCH", env!("CARGO_PKG_VERSION_PATCH").to_owned()),
        ("ABI_VERSION", build_script_abi_version().to_owned()),
    ];
    for (name, value) in expected {
        let line = format!("#define KALTURA_{name} {value}");
        assert!(HEADER.lines().any(|other| other == line), "{line}");
    }
    assert!(read("CHANGELOG.md").contains(env!("CARGO_PKG_VERSION")), "CHANGELOG.md has this version");
    let of_cargo_c = format!(
        "[package.metadata.capi.library]\nname = \"kaltura_session\"\nversion = \"{}.0.0\"",
        build_script_abi_version()
    );
    assert!(read("Cargo.toml").contains(&of_cargo_c), "{of_cargo_c}");
}

#[test]
fn the_documents_list_every_status_with_its_number() {
    let declared: BTreeMap<String, String> = HEADER
        .lines()
        .filter_map(|line| line.trim().strip_suffix(',')?.split_once(" = "))
        .filter(|(name, _)| name.starts_with("KALTURA_STATUS_"))
        .map(|(name, number)| (name.to_owned(), number.to_owned()))
        .collect();
    let statuses = read("docs/statuses.md");
    let rows: Vec<Vec<&str>> = statuses
        .lines()
        .filter(|line| line.starts_with("| `KALTURA_STATUS_"))
        .map(|line| line.trim_matches('|').split('|').map(str::trim).collect())
        .collect();
    let listed: BTreeMap<String, String> =
        rows.iter().map(|row| (row[0].trim_matches('`').to_owned(), row[1].to_owned())).collect();
    assert_eq!(listed, declared);
    assert_eq!(rows.len(), declared.len(), "no status has two rows");
    for row in rows {
        assert!(row.len() == 4 && row.iter().all(|cell| !cell.is_empty()), "name, number, cause, remedy: {row:?}");
    }
}

#[test]
fn the_readme_and_the_header_show_the_example() {
    let example = read("examples/c/generate_ks.c");
    assert!(read("README.md").contains(&format!("```c\n{example}```")));
    let uncommented: String = HEADER
        .lines()
        .map(|line| line.strip_prefix(" *   ").unwrap_or(line.trim_start_matches(" *")).to_owned() + "\n")
        .collect();
    assert!(uncommented.contains(&example));
}

#[test]
fn the_readme_shows_the_examples_of_cpp_and_of_objective_c() {
    let (readme, cpp, objc) =
        (read("README.md"), read("examples/cpp/generate_ks.cpp"), read("examples/objc/generate_ks.m"));
    let (shown, _main) = objc.split_once("\nint main(").unwrap();
    assert!(readme.contains(&format!("```cpp\n{cpp}```")), "examples/cpp/generate_ks.cpp");
    assert!(readme.contains(&format!("```objc\n{shown}```")), "examples/objc/generate_ks.m");
}

#[test]
fn the_course_names_every_example() {
    let course = read("examples/README.md");
    for folder in ["c", "cpp", "objc", "python", "go", "node", "java", "csharp"] {
        for file in fs::read_dir(root().join("examples").join(folder)).unwrap() {
            let name = file.unwrap().file_name().into_string().unwrap();
            let is_none = name.ends_with(".script") || name == "go.mod";
            assert!(course.contains(&format!("[{folder}/{name}]({folder}/{name})")) || is_none, "{folder}/{name}");
        }
    }
}

#[test]
fn whatever_c_can_do_cpp_can() {
    // What the library is can be asked in C; copies of an error share one reference.
    const C_ALONE: [&str; 5] = [
        "kaltura_version",
        "kaltura_abi_version",
        "kaltura_has_feature",
        "kaltura_error_retain",
        "kaltura_android_init",
    ];
    let called: BTreeSet<String> =
        ["kaltura_handle.hpp", "kaltura_values.hpp", "kaltura_session.hpp", "kaltura_flow.hpp"]
            .iter()
            .flat_map(|file| names(&read(&format!("include/{file}"))).collect::<Vec<_>>())
            .collect();
    for Function { name, .. } in functions() {
        assert_ne!(called.contains(&name), C_ALONE.contains(&name.as_str()), "{name}");
    }
}

#[test]
fn each_wrapper_has_less_than_300_lines_that_are_not_generated() {
    const WRAPPERS: [(&str, &[&str]); 8] = [
        ("include", &["hpp"]),
        ("bindings/objc", &["h", "m"]),
        ("bindings/swift/Sources/KalturaSession", &["swift"]),
        ("bindings/python/kaltura_session", &["py"]),
        ("bindings/go", &["go"]),
        ("bindings/node", &["js", "ts"]),
        ("bindings/java/com/kaltura/session", &["java"]),
        ("bindings/csharp", &["cs"]),
    ];
    for (folder, extensions) in WRAPPERS {
        let mut written = 0;
        for file in fs::read_dir(root().join(folder)).unwrap().map(|entry| entry.unwrap().path()) {
            let is_test = file.file_stem().is_some_and(|name| name.to_string_lossy().contains("test"));
            if !is_test && file.extension().is_some_and(|is| extensions.iter().any(|extension| is == *extension)) {
                let text = fs::read_to_string(&file).unwrap();
                if !text.lines().next().is_some_and(|first| first.contains("generated by bindings/generate.py")) {
                    written += text.lines().count();
                }
            }
        }
        assert!((20..300).contains(&written), "{folder}: {written} lines");
    }
}

#[test]
fn the_readme_shows_the_swift_example() {
    let example = read("bindings/swift/Examples/GenerateKS/main.swift");
    assert!(read("README.md").contains(&format!("```swift\n{example}```")));
}

#[test]
fn whatever_the_documents_call_is_in_the_header() {
    let server = read("include/kaltura_session_server.h");
    let declared: BTreeSet<String> = names(HEADER).chain(names(&server)).collect();
    for document in ["README.md", "ARCHITECTURE.md", "CHANGELOG.md", "examples/README.md"] {
        let text = read(document);
        let unknown: Vec<String> = names(&text).filter(|name| !declared.contains(name)).collect();
        assert!(unknown.is_empty(), "{document}: {unknown:?}");
    }
}

/// The functions of the header, in order.
fn functions() -> Vec<Function> {
    header_text::functions(HEADER)
}

fn build_script_abi_version() -> &'static str {
    include_str!("../build.rs").split_once("const ABI_VERSION: u32 = ").unwrap().1.split(';').next().unwrap()
}

/// Every `kaltura_…` and `KALTURA_…` in a text; a name that ends in `_` stands for several.
fn names(text: &str) -> impl Iterator<Item = String> {
    text.split(|c: char| !c.is_ascii_alphanumeric() && c != '_')
        .filter(|word| word.starts_with("kaltura_") || word.starts_with("KALTURA_"))
        .filter(|word| !word.ends_with('_') && !["kaltura_session", "kaltura_session_server"].contains(word))
        .map(str::to_owned)
}

fn read(path: &str) -> String {
    fs::read_to_string(root().join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}
