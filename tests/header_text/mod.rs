//! A header as text, taken apart for the tests that look at it.

/// A function of the header.
pub struct Function {
    pub name: String,
    pub comment: String,
    pub declaration: String,
    pub parameters: Vec<String>,
    pub returns_void: bool,
}

/// All of them, in order.
pub fn functions(header: &str) -> Vec<Function> {
    let mut functions = Vec::new();
    let mut comment = String::new();
    let mut lines = header.lines();
    while let Some(line) = lines.next() {
        if line.starts_with("/*") {
            comment = line.to_owned() + "\n";
            while !comment.contains("*/") {
                comment += &format!("{}\n", lines.next().unwrap());
            }
        } else if is_start_of_function(line) {
            let mut declaration = line.to_owned();
            while !declaration.ends_with(");") {
                declaration += lines.next().unwrap();
            }
            functions.push(function(&declaration, std::mem::take(&mut comment)));
        }
    }
    functions
}

/// Not inside of something, not a type, and not an enum, whose macros are in capitals.
fn is_start_of_function(line: &str) -> bool {
    line.starts_with(|c: char| c.is_ascii_lowercase()) && !line.starts_with("typedef") && line.contains('(')
}

fn function(declaration: &str, comment: String) -> Function {
    let (head, parameters) = declaration.split_once('(').unwrap();
    let last_word = |text: &str| text.trim_end().rsplit([' ', '*']).next().unwrap().to_owned();
    let parameters = parameters.strip_suffix(");").unwrap();
    let parameters = if parameters == "void" { Vec::new() } else { parameters.split(',').map(last_word).collect() };
    Function {
        name: last_word(head),
        comment,
        declaration: declaration.to_owned(),
        parameters,
        returns_void: head.starts_with("void "),
    }
}

/// The `#[unsafe(no_mangle)]` functions of a source file, those for tests left out.
pub fn exported_functions(source: &str) -> Vec<String> {
    let mut pieces = source.split("#[unsafe(no_mangle)]");
    let mut before = pieces.next().unwrap();
    let mut names = Vec::new();
    for piece in pieces {
        if !before.trim_end().ends_with("#[cfg(kaltura_test_panic)]") {
            names.push(piece.split_once(" fn ").unwrap().1.split('(').next().unwrap().to_owned());
        }
        before = piece;
    }
    names
}

/// Parameters and results are described, and whether threads may meet.
pub fn assert_whole_contracts(header: &str) {
    for Function { name, comment, parameters, returns_void, declaration } in functions(header) {
        let documented: Vec<&str> = comment
            .lines()
            .filter_map(|line| {
                line.trim_start().strip_prefix("* @param")?.trim_start_matches("[out]").split_whitespace().next()
            })
            .collect();
        assert_eq!(documented, parameters, "{name}: the parameters and their @param");
        assert_eq!(comment.matches("* @return ").count(), usize::from(!returns_void), "{name}: @return");
        assert_eq!(comment.matches("* Threads: ").count(), 1, "{name}: Threads");
        assert_eq!(comment.matches("@param[out]").count(), declaration.matches("**").count(), "{name}: outputs");
    }
}

/// In the words of C, and no wider than others.
pub fn assert_speaks_to_c_programmers(header: &str) {
    // An IPv6 address is no path.
    let text = header.replace("[::1]", "");
    for rust in ["::", "[`", "Option<", "Result<", "Vec<", "Box<", "Arc<", "&str", "&mut", "panic!", "unwrap", "pub "] {
        assert!(!text.contains(rust), "{rust}");
    }
    for (number, line) in header.lines().enumerate() {
        assert!(line.chars().count() <= 120, "line {} is longer than 120 columns", number + 1);
        assert_eq!(line, line.trim_end(), "line {} ends in blanks", number + 1);
    }
}
