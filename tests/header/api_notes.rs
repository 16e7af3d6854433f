//! `include/CKaltura.apinotes` tells Swift what the comments of the header tell people: what may be NULL, and how enums
//! are called.

use std::fmt::Write as _;

use super::{Function, HEADER, functions, read};

#[test]
fn the_committed_api_notes_are_what_the_header_says() {
    let notes = api_notes();
    let path = super::root().join("include/CKaltura.apinotes");
    if std::env::var_os("KALTURA_RENEW").is_some() {
        std::fs::write(&path, &notes).unwrap();
    }
    assert!(read("include/CKaltura.apinotes") == notes, "include/CKaltura.apinotes is stale: run `make header`");
}

fn api_notes() -> String {
    let mut notes =
        "# What may be NULL, and how enums are called in Swift. Made from kaltura_session.h by `make header`.\n\
                     ---\nName: CKaltura\nTags:\n"
            .to_owned();
    for (name, _) in enums() {
        writeln!(notes, "- Name: {name}\n  SwiftName: {}", swift_type(name)).unwrap();
    }
    notes += "Enumerators:\n";
    for (name, members) in enums() {
        for member in members {
            writeln!(notes, "- Name: {member}\n  SwiftName: {}", swift_member(name, member)).unwrap();
        }
    }
    notes += "Functions:\n";
    for function in functions() {
        notes += &nullability(&function);
    }
    notes
}

/// Each enum of the header, and its members.
fn enums() -> Vec<(&'static str, Vec<&'static str>)> {
    HEADER
        .split("ENUM(")
        .filter_map(|text| text.split_once(") {\n"))
        .filter_map(|(head, body)| {
            let name = head.split_once(", ")?.1;
            let members = body.split_once("\n};")?.0.lines().filter_map(|line| line.trim().split_once(" = "));
            Some((name, members.map(|(member, _)| member).filter(|member| !member.contains(' ')).collect()))
        })
        .collect()
}

/// `kaltura_hash_type` is `KalturaHashType`.
fn swift_type(name: &str) -> String {
    name.split('_').map(|word| word[..1].to_uppercase() + &word[1..]).collect()
}

/// `KALTURA_STATUS_BAD_REPLY` of `kaltura_status` is `badReply`.
fn swift_member(of: &str, name: &str) -> String {
    let name = name.strip_prefix(&format!("{}_", of.to_uppercase())).unwrap().to_lowercase();
    let mut words = name.split('_');
    words.next().unwrap().to_owned() + &words.map(swift_type).collect::<String>()
}

/// Whether its pointers may be NULL. All of its parameters are listed, for clang looks either at this list or at notes on
/// single ones; on what is no pointer it has no effect.
fn nullability(function: &Function) -> String {
    let returns_pointer = function.declaration.split_once('(').unwrap().0.contains('*');
    let is_pointer: Vec<bool> = (0..function.parameters.len()).map(|position| is_pointer(function, position)).collect();
    if !returns_pointer && !is_pointer.contains(&true) {
        return String::new();
    }
    let letters = function.parameters.iter().zip(is_pointer).map(|(name, is_pointer)| {
        // An output is marked in another way, and may always be NULL.
        let words = words_on(&function.comment, &format!("@param {name} ")).unwrap_or_else(|| "NULL".to_owned());
        if is_pointer { letter(&words) } else { "N" }
    });
    let mut notes = format!("- Name: {}\n  Nullability: [{}]\n", function.name, letters.collect::<Vec<_>>().join(", "));
    if returns_pointer {
        writeln!(notes, "  NullabilityOfRet: {}", letter(&words_on(&function.comment, "@return ").unwrap())).unwrap();
    }
    notes
}

/// Objects and strings, and the callbacks, whose types end in `_fn`.
fn is_pointer(function: &Function, position: usize) -> bool {
    let parameters = function.declaration.split_once('(').unwrap().1;
    let parameter = parameters.split(',').nth(position).unwrap();
    parameter.contains('*') || parameter.contains("_fn ")
}

/// What a comment says behind a tag, up to the next one or an empty line.
fn words_on(comment: &str, tag: &str) -> Option<String> {
    let comment = comment.replace("\n *", "\n");
    let words = comment.split_once(tag)?.1;
    let end = ["\n @", "\n\n", "\n/"].iter().filter_map(|end| words.find(end)).min().unwrap_or(words.len());
    Some(words[..end].to_owned())
}

/// Optional, if the words on a pointer speak of NULL and do not rule it out.
fn letter(words: &str) -> &'static str {
    let words = words.split_whitespace().collect::<Vec<_>>().join(" ");
    let is_ruled_out = words.contains("not NULL") || words.contains("never NULL");
    if !is_ruled_out && words.replace("\"\" for NULL", "").contains("NULL") { "O" } else { "N" }
}
