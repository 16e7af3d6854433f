//! Prints the C header from the exports of `src/ffi`, into `OUT_DIR`. The committed copy in `include/` is compared with it
//! by `tests/header.rs` and renewed by `make header`.

#![allow(
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a build that cannot go on says why and stops"
)]

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::{env, fs};

/// A section of the header.
struct Section {
    title: &'static str,
    /// Its functions and handles.
    files: &'static [&'static str],
    /// What it prints although no function of its own names it: the enums behind its aliases, from any file of the crate.
    enums: &'static [(&'static str, &'static str)],
    /// The feature that it needs.
    feature: Option<&'static str>,
}

const SECTIONS: &[Section] = &[
    Section { title: "Library", files: &["ffi/library.rs", "ffi/strings.rs"], enums: &[], feature: None },
    Section {
        title: "Errors",
        files: &["ffi/error.rs"],
        enums: &[("status.rs", "Status"), ("status.rs", "Category"), ("status.rs", "Step"), ("status.rs", "KsReason")],
        feature: None,
    },
    Section { title: "One call", files: &["ffi/generate.rs"], enums: &[], feature: Some("http") },
    Section { title: "Cancellation", files: &["ffi/cancellation.rs"], enums: &[], feature: None },
    Section {
        title: "Options",
        files: &["ffi/options.rs"],
        enums: &[
            ("ffi/options.rs", "HashTypeValue"),
            ("session.rs", "SessionType"),
            ("ffi/options.rs", "kaltura_destroy_fn"),
        ],
        feature: None,
    },
    Section {
        title: "Options: how the server is reached",
        files: &["ffi/connection.rs"],
        enums: &[("ffi/connection.rs", "TrustValue")],
        feature: Some("http"),
    },
    Section { title: "Options: token hash callback", files: &["ffi/hashing.rs"], enums: &[], feature: None },
    Section { title: "Options: log", files: &["ffi/log.rs"], enums: &[("log.rs", "LogLevel")], feature: None },
    Section { title: "Options: providers", files: &["ffi/store.rs"], enums: &[], feature: None },
    Section { title: "Sessions", files: &["ffi/session.rs"], enums: &[("session.rs", "Adjustment")], feature: None },
    Section { title: "Starting a session", files: &["ffi/start.rs"], enums: &[], feature: None },
    Section {
        title: "Providers: a valid KS, always at hand",
        files: &["ffi/provider.rs"],
        enums: &[("provider/core.rs", "Advice"), ("ffi/provider.rs", "EndValue")],
        feature: None,
    },
    Section {
        title: "Host-carried HTTP: a transport for sessions and providers",
        files: &["ffi/exchange.rs"],
        enums: &[],
        feature: None,
    },
    Section {
        title: "Host-carried HTTP: the flow in steps",
        files: &["ffi/flow.rs"],
        enums: &[("ffi/flow.rs", "FlowActionValue")],
        feature: None,
    },
    Section { title: "Android", files: &["ffi/android.rs"], enums: &[], feature: Some("http") },
];

/// What is for servers only, in a header of its own.
const SERVER_SECTIONS: &[Section] = &[
    Section { title: "Privileges", files: &["ffi/server/privileges.rs"], enums: &[], feature: Some("ks-tools") },
    Section {
        title: "KSs: signed and read without a server",
        files: &["ffi/server/ks.rs"],
        enums: &[("ks/read.rs", "Verdict")],
        feature: Some("ks-tools"),
    },
    Section { title: "Administrators", files: &["ffi/server/admin.rs"], enums: &[], feature: Some("admin") },
    Section {
        title: "App tokens: what one shall be",
        files: &["ffi/server/app_token_fields.rs"],
        enums: &[],
        feature: Some("admin"),
    },
    Section {
        title: "App tokens",
        files: &["ffi/server/app_token.rs"],
        enums: &[("ffi/server/app_token.rs", "AppTokenStatusValue")],
        feature: Some("admin"),
    },
    Section {
        title: "App tokens: lists",
        files: &["ffi/server/app_token_list.rs"],
        enums: &[],
        feature: Some("admin"),
    },
    Section { title: "App tokens: calls in steps", files: &["ffi/server/flow.rs"], enums: &[], feature: Some("admin") },
];

fn main() {
    let root = PathBuf::from(env::var_os("CARGO_MANIFEST_DIR").expect("cargo sets it"));
    for watched in ["build.rs", "cbindgen.toml", "src"] {
        println!("cargo::rerun-if-changed={watched}");
    }
    write_header("kaltura_session.h", "KALTURA_HEADER", &header(&root, preamble(&root), SECTIONS, "KALTURA_SESSION_H"));
    if has_feature("ks-tools") {
        let preamble = server_preamble(&root);
        let header = header(&root, preamble, SERVER_SECTIONS, "KALTURA_SESSION_SERVER_H");
        write_header("kaltura_session_server.h", "KALTURA_SERVER_HEADER", &header);
    }
    set_soname();
}

/// Into the build's own folder; tests find it by the name of a variable.
fn write_header(name: &str, variable: &str, header: &str) {
    let path = PathBuf::from(env::var_os("OUT_DIR").expect("cargo sets it")).join(name);
    fs::write(&path, header).expect("OUT_DIR is writable");
    println!("cargo::rustc-env={variable}={}", path.display());
}

/// A whole header.
fn header(root: &Path, preamble: String, sections: &[Section], guard: &str) -> String {
    let mut header = preamble;
    for section in sections {
        if section.feature.is_none_or(has_feature) {
            let rule = "-".repeat(108 - section.title.len());
            write!(header, "\n/* ---- {} {rule} */\n\n{}", section.title, body(root, section))
                .expect("strings take all");
        }
    }
    header.push_str(
        "\n#ifdef __cplusplus\n}\n#endif\n\n#if defined(__clang__)\n#pragma clang diagnostic pop\n#endif\n\n",
    );
    writeln!(header, "#endif /* {guard} */").expect("strings take all");
    header
}

fn has_feature(name: &str) -> bool {
    env::var_os(format!("CARGO_FEATURE_{}", name.to_uppercase().replace('-', "_"))).is_some()
}

/// The opening comment and the macros, with the version of Cargo.toml and the example of the README.
fn preamble(root: &Path) -> String {
    let read = |path: &str| fs::read_to_string(root.join(path)).unwrap_or_else(|error| panic!("{path}: {error}"));
    let version = env::var("CARGO_PKG_VERSION").expect("cargo sets it");
    let mut numbers = version.split(['.', '-']);
    let mut number = || numbers.next().unwrap_or("0").to_owned();
    let example = if has_feature("http") {
        read("examples/c/generate_ks.c").trim_end().replace('\n', "\n *   ").replace(" *   \n", " *\n")
    } else {
        "Without a transport: the host carries the requests, by kaltura_flow_new() or\n *   \
         kaltura_options_set_transport()."
            .to_owned()
    };
    println!("cargo::rerun-if-changed=examples/c/generate_ks.c");
    read("src/ffi/preamble.h")
        .replace("@EXAMPLE@", &example)
        .replace("@VERSION@", &version)
        .replace("@HTTP@", if has_feature("http") { "1" } else { "0" })
        .replace("@MAJOR@", &number())
        .replace("@MINOR@", &number())
        .replace("@PATCH@", &number())
}

fn server_preamble(root: &Path) -> String {
    let preamble = fs::read_to_string(root.join("src/ffi/server/preamble.h")).expect("the preamble is read");
    preamble.replace("@VERSION@", &env::var("CARGO_PKG_VERSION").expect("cargo sets it"))
}

/// What cbindgen makes of a section, with what it cannot say.
fn body(root: &Path, section: &Section) -> String {
    let mut config = cbindgen::Config::from_file(root.join("cbindgen.toml")).expect("cbindgen.toml is read");
    config.export.include = section.enums.iter().map(|(_, name)| (*name).to_owned()).collect();
    // The aliases that give signatures their names: the enums bring the same names.
    config.export.exclude = config.export.rename.values().cloned().collect();
    config.export.exclude.push("Session".to_owned()); // what kaltura_session holds
    let mut files: Vec<&str> =
        section.enums.iter().map(|(file, _)| *file).chain(section.files.iter().copied()).collect();
    files.sort_unstable();
    files.dedup();
    let mut builder = cbindgen::Builder::new().with_config(config);
    for file in files {
        builder = builder.with_src(root.join("src").join(file));
    }
    let mut text = Vec::new();
    builder.generate().unwrap_or_else(|error| panic!("{}: {error}", section.title)).write(&mut text);
    let text = String::from_utf8(text).expect("cbindgen writes UTF-8");
    sendable(&opaque(&fixed_enums(&text)))
}

/// cbindgen's enum and alias become an enum with a fixed type where the language has one, see the preamble.
fn fixed_enums(text: &str) -> String {
    let mut fixed = String::new();
    let mut rest = text;
    while let Some((before, tail)) = split_before(rest, "enum kaltura_") {
        let name = tail["enum ".len()..].split_whitespace().next().expect("an enum has a name");
        let (opening, integer) =
            if FLAGS.contains(&name) { ("KALTURA_FLAG_ENUM", "uint32_t") } else { ("KALTURA_ENUM", "int32_t") };
        let (_, members) = tail.split_once(" {\n").expect("an enum has members");
        let (members, after) = members.split_once("};\n").expect("an enum ends");
        let alias = format!("typedef {integer} {name};\n#endif");
        let (_, after) = after.split_once(&alias).unwrap_or_else(|| panic!("{name} has the type {integer}"));
        let (_, after) = after.split_once('\n').expect("a line ends");
        let members = members.replace("/**\n   * ", "/** ").replace("\n   */", " */");
        write!(fixed, "{before}{opening}({integer}, {name}) {{\n{members}}};\n").expect("strings take all");
        rest = after;
    }
    fixed + rest
}

/// The enums whose members are bits.
const FLAGS: &[&str] = &["kaltura_adjustment", "kaltura_end"];

fn split_before<'a>(text: &'a str, pattern: &str) -> Option<(&'a str, &'a str)> {
    text.find(pattern).map(|start| text.split_at(start))
}

/// A handle that is a Rust type by another name has no body in C either.
fn opaque(text: &str) -> String {
    let mut opaque = String::new();
    for line in text.lines() {
        let alias = line.strip_prefix("typedef ").and_then(|alias| alias.strip_suffix(';')?.split_once(' '));
        match alias {
            Some((rust, name)) if rust.starts_with(char::is_uppercase) => {
                writeln!(opaque, "typedef struct {name} {name};")
            }
            _ => writeln!(opaque, "{line}"),
        }
        .expect("strings take all");
    }
    opaque
}

/// Callbacks and their destroy functions may run on any thread: Swift wants to know.
fn sendable(text: &str) -> String {
    let mut marked = String::new();
    for line in text.lines() {
        let mut line = line.to_owned();
        if !line.starts_with("typedef") && !line.trim_start().starts_with('*') {
            for callback in CALLBACKS {
                line = line.replace(&format!("{callback} "), &format!("{callback} KALTURA_SENDABLE "));
            }
        }
        marked.push_str(&line);
        marked.push('\n');
    }
    marked
}

const CALLBACKS: &[&str] = &[
    "kaltura_destroy_fn",
    "kaltura_cancel_fn",
    "kaltura_token_hash_fn",
    "kaltura_log_fn",
    "kaltura_store_load_fn",
    "kaltura_store_save_fn",
    "kaltura_store_clear_fn",
    "kaltura_load_fn",
    "kaltura_done_fn",
    "kaltura_send_fn",
];

/// The shared library's name counts ABI versions, so that an old program does not meet a new ABI.
fn set_soname() {
    let os = env::var("CARGO_CFG_TARGET_OS").unwrap_or_default();
    if os == "linux" {
        println!("cargo::rustc-cdylib-link-arg=-Wl,-soname,libkaltura_session.so.{ABI_VERSION}");
    } else if os == "macos" || os == "ios" {
        println!("cargo::rustc-cdylib-link-arg=-Wl,-install_name,@rpath/libkaltura_session.{ABI_VERSION}.dylib");
    }
}

/// Of src/ffi/library.rs; a test compares.
const ABI_VERSION: u32 = 1;
