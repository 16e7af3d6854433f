//! What `make dist` built, looked at with the tools of the linker: run by `make check-dist`. Linux only, as prelinking is.

#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test that fails may do so anywhere")]

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::{env, fs};

#[test]
fn the_archive_defines_the_functions_of_the_header_and_nothing_else() {
    let symbols = run("nm", &["--extern-only", "--defined-only", "--format=posix", path(&archive())]);
    assert_same(&defined(&symbols), &functions_of_the_header());
}

#[test]
fn the_shared_library_defines_the_functions_of_the_header_and_nothing_else() {
    let symbols = run("nm", &["--dynamic", "--defined-only", "--format=posix", path(&shared_library())]);
    assert_same(&defined(&symbols), &functions_of_the_header());
}

#[test]
fn without_a_transport_its_functions_are_gone_and_nothing_of_the_network_is_left() {
    let functions = functions_of(&root().join("build/no-http/include/kaltura_session.h"));
    assert!(functions.contains("kaltura_flow_new") && !functions.contains("kaltura_generate_ks"));
    let archive = root().join("dist/no-http/libkaltura_session.a");
    let symbols = run("nm", &["--extern-only", "--defined-only", "--format=posix", path(&archive)]);
    assert_same(&defined(&symbols), &functions);
    let needed = run("nm", &["--undefined-only", "--format=posix", path(&archive)]);
    for name in ["socket", "connect", "send", "recv", "poll", "getaddrinfo"] {
        assert!(!needed.lines().any(|line| line.split(' ').next() == Some(name)), "{name}");
    }
    let bytes = fs::read(&archive).unwrap();
    for library in ["rustls", "ureq", "webpki"] {
        assert!(!bytes.windows(library.len()).any(|window| window == library.as_bytes()), "{library}");
    }
}

#[test]
fn no_reader_of_debug_information_is_inside() {
    for file in [archive(), root().join("dist/no-http/libkaltura_session.a"), shared_library()] {
        let bytes = fs::read(&file).unwrap();
        let is_inside = bytes.windows(b"debug_abbrev".len()).any(|window| window == b"debug_abbrev");
        assert!(!is_inside, "{}: see src/ffi/backtrace.rs", file.display());
    }
}

#[test]
fn the_archive_holds_one_object() {
    assert_eq!(run("ar", &["t", path(&archive())]).lines().count(), 1);
}

#[test]
fn the_shared_library_needs_the_c_library_alone() {
    let dynamic = run("readelf", &["--dynamic", "--wide", path(&shared_library())]);
    for library in names_in(&dynamic, "(NEEDED)") {
        assert!(
            ["libc", "libm", "libgcc_s", "ld-linux-x86-64", "ld-linux-aarch64"].contains(&stem(&library)),
            "{library}"
        );
    }
    assert_eq!(names_in(&dynamic, "(SONAME)"), ["libkaltura_session.so.1"]);
}

#[test]
fn the_archive_needs_the_c_library_alone() {
    let out = scratch("needs").join("whole.so");
    // Every member is linked, and what stays undefined is an error.
    let archive = archive();
    let whole =
        ["-shared", "-nodefaultlibs", "-Wl,-z,defs", "-Wl,--whole-archive", path(&archive), "-Wl,--no-whole-archive"];
    run(&cc(), &[&whole[..], &["-lc", "-lm", "-lgcc_s", "-lgcc", "-o", path(&out)]].concat());
}

#[test]
fn the_pkg_config_file_names_what_rust_needs() {
    let file = fs::read_to_string(root().join("dist/kaltura-session.pc")).unwrap();
    let libs = file.lines().find_map(|line| line.strip_prefix("Libs: ")).unwrap();
    assert_eq!(libs, "-L${libdir} -lkaltura_session -lgcc_s -lutil -lrt -lpthread -lm -ldl -lc");
    assert!(file.contains(&format!("\nVersion: {}\n", env!("CARGO_PKG_VERSION"))));
    assert!(!file.contains('@'), "every place is filled");
}

#[test]
fn no_path_of_the_building_machine_is_inside() {
    let home = env::var("HOME").unwrap();
    let cargo_home = env::var("CARGO_HOME").unwrap_or(format!("{home}/.cargo"));
    let places = [path(root()), home.as_str(), &cargo_home, path(target())].map(|place| format!("{place}/"));
    for file in [archive(), shared_library()] {
        let bytes = fs::read(&file).unwrap();
        for place in &places {
            let is_inside = bytes.windows(place.len()).any(|window| window == place.as_bytes());
            assert!(!is_inside, "{} holds {place}", file.display());
        }
    }
}

#[test]
fn it_links_beside_another_rust_library_and_both_catch_their_panics() {
    let ours = root().join("build/clash/libkaltura_session.a");
    let theirs = root().join("build/clash/libsecond_library.a");
    for (name, order) in [("ours_first", [&ours, &theirs]), ("theirs_first", [&theirs, &ours])] {
        let program = scratch(name).join("program");
        link_with_main(&order, &["-DWITH_TEST_PANIC"], &program);
        assert!(run(path(&program), &[]).contains("caught here 1, on another thread 1"), "{name}");
    }
}

#[test]
fn what_is_shipped_links_beside_another_rust_library() {
    let theirs = root().join("build/clash/libsecond_library.a");
    for (name, order) in [("shipped_first", [&archive(), &theirs]), ("shipped_last", [&theirs, &archive()])] {
        let program = scratch(name).join("program");
        link_with_main(&order, &[], &program);
        assert!(run(path(&program), &[]).contains("caught here 1, on another thread 1"), "{name}");
    }
}

fn link_with_main(archives: &[&PathBuf; 2], flags: &[&str], program: &Path) {
    let main = root().join("c-tests/clash/main.c");
    let include = format!("-I{}", path(&root().join("include")));
    let inputs =
        [path(&main), &include, path(archives[0]), path(archives[1]), "-pthread", "-ldl", "-lm", "-o", path(program)];
    run(&cc(), &[flags, &inputs].concat());
}

fn assert_same(found: &BTreeSet<String>, wanted: &BTreeSet<String>) {
    let differing: Vec<&String> = found.symmetric_difference(wanted).collect();
    assert!(differing.is_empty(), "in one of library and header only: {differing:?}");
    assert!(wanted.len() > 60);
}

/// As the preprocessor leaves them: no comment, no macro.
fn functions_of_the_header() -> BTreeSet<String> {
    functions_of(&root().join("include/kaltura_session.h"))
}

fn functions_of(header: &Path) -> BTreeSet<String> {
    let text = run(&cc(), &["-E", "-P", path(header)]);
    let heads = text.split('(').filter_map(|head| head.rsplit([' ', '*', '\n']).next());
    // A type of functions ends in a bracket.
    heads.filter(|name| name.starts_with("kaltura_") && !name.ends_with(')')).map(str::to_owned).collect()
}

/// The names in the output of `nm`, which begins each line with one.
fn defined(symbols: &str) -> BTreeSet<String> {
    let is_symbol = |line: &&str| line.split(' ').count() > 1;
    symbols.lines().filter(is_symbol).map(|line| line.split(' ').next().unwrap().to_owned()).collect()
}

/// What stands in brackets on the lines of `readelf` with this tag.
fn names_in(dynamic: &str, tag: &str) -> Vec<String> {
    let lines = dynamic.lines().filter(|line| line.contains(tag));
    lines.map(|line| line.split(['[', ']']).nth(1).unwrap().to_owned()).collect()
}

fn stem(library: &str) -> &str {
    library.split(".so").next().unwrap()
}

/// The standard output of a program that must succeed.
fn run(program: &str, arguments: &[&str]) -> String {
    let output = Command::new(program).args(arguments).output().unwrap_or_else(|error| panic!("{program}: {error}"));
    let complaint = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{program} {arguments:?}: {complaint}");
    String::from_utf8(output.stdout).unwrap()
}

fn archive() -> PathBuf {
    root().join("dist/libkaltura_session.a")
}

fn shared_library() -> PathBuf {
    root().join(concat!("dist/libkaltura_session.so.", env!("CARGO_PKG_VERSION")))
}

fn cc() -> String {
    env::var("CC").unwrap_or("cc".to_owned())
}

/// An empty folder of a test's own.
fn scratch(name: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    fs::create_dir_all(&folder).unwrap();
    folder
}

/// Where cargo builds.
fn target() -> &'static Path {
    Path::new(env!("CARGO_TARGET_TMPDIR")).parent().unwrap()
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn path(path: &Path) -> &str {
    path.to_str().unwrap()
}
