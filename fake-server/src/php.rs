//! The corners of PHP that show through the API: URL coding, `parse_str`, numeric strings, `strip_tags`, `mt_rand`.
//!
//! The server is a PHP program and answers odd input the way PHP's own functions do. What those functions do is written
//! down here once, so that the rest of the crate can speak of sessions.

use crate::value::Value;

/// A number as PHP reads it from text.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Number {
    /// Fits 64 bits.
    Int(i64),
    /// Has a fraction or an exponent, or is too large.
    Float(f64),
}

impl Number {
    /// As PHP's cast to int for text: fractions are cut, large values saturate, not-a-number is 0.
    pub fn to_int(self) -> i64 {
        match self {
            Number::Int(number) => number,
            Number::Float(number) => number as i64,
        }
    }

    /// As a float.
    pub fn to_float(self) -> f64 {
        match self {
            Number::Int(number) => number as f64,
            Number::Float(number) => number,
        }
    }
}

/// The number that `text` begins with, and whether the whole text is numeric (`is_numeric`).
///
/// Blanks are allowed before and, since PHP 8, behind the number.
pub fn leading_number(text: &str) -> Option<(Number, bool)> {
    let blank = |c: char| matches!(c, ' ' | '\t' | '\n' | '\r' | '\x0b' | '\x0c');
    let text = text.trim_start_matches(blank);
    let digits = |from: usize| text.bytes().skip(from).take_while(u8::is_ascii_digit).count();
    let sign = usize::from(text.starts_with(['+', '-']));
    let whole = digits(sign);
    let mut end = sign + whole;
    let mut is_float = false;
    if text.as_bytes().get(end) == Some(&b'.') {
        let fraction = digits(end + 1);
        if whole + fraction == 0 {
            return None;
        }
        if fraction > 0 || whole > 0 {
            end += 1 + fraction;
            is_float = true;
        }
    } else if whole == 0 {
        return None;
    }
    if matches!(text.as_bytes().get(end), Some(b'e' | b'E')) {
        let sign = usize::from(matches!(text.as_bytes().get(end + 1), Some(b'+' | b'-')));
        let exponent = digits(end + 1 + sign);
        if exponent > 0 {
            end += 1 + sign + exponent;
            is_float = true;
        }
    }
    let (number, rest) = text.split_at(end);
    let number = match number.parse() {
        Ok(int) if !is_float => Number::Int(int),
        _ => Number::Float(number.parse().ok()?),
    };
    Some((number, rest.trim_start_matches(blank).is_empty()))
}

/// `trim` with PHP's idea of white space.
pub fn trim(text: &str) -> &str {
    text.trim_matches([' ', '\t', '\n', '\r', '\0', '\x0b'])
}

/// `urlencode`: a blank becomes `+`, everything but letters, digits and `-_.` becomes `%XX` in upper case.
pub fn url_encode(text: &str) -> String {
    let mut encoded = String::with_capacity(text.len());
    for byte in text.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_' | b'.' => encoded.push(char::from(byte)),
            b' ' => encoded.push('+'),
            _ => encoded.push_str(&format!("%{byte:02X}")),
        }
    }
    encoded
}

/// `rawurldecode`: undoes `%XX`; a `+` stays, a broken escape stays as it is.
pub fn raw_url_decode(text: &[u8]) -> Vec<u8> {
    let mut decoded = Vec::with_capacity(text.len());
    let mut rest = text;
    while let Some((&byte, behind)) = rest.split_first() {
        rest = behind;
        if byte == b'%'
            && let [high, low, behind @ ..] = rest
            && let (Some(high), Some(low)) = (hex_digit(*high), hex_digit(*low))
        {
            decoded.push(high << 4 | low);
            rest = behind;
        } else {
            decoded.push(byte);
        }
    }
    decoded
}

/// `parse_str`: a query string or form as nested values.
///
/// `+` and `%XX` are decoded; `.` and blanks in names become `_`; `name[key]` and `name[]` make arrays; of equal names the
/// last value wins but keeps the first place.
pub fn parse_query(query: &[u8]) -> Vec<(String, Value)> {
    let mut fields = Vec::new();
    for pair in query.split(|&byte| byte == b'&') {
        let (name, value) = match pair.iter().position(|&byte| byte == b'=') {
            Some(at) => (pair.get(..at).unwrap_or_default(), pair.get(at + 1..).unwrap_or_default()),
            None => (pair, &b""[..]),
        };
        let name = String::from_utf8_lossy(&form_decode(name)).into_owned();
        put_field(&mut fields, &name, Value::from_bytes(form_decode(value)));
    }
    fields
}

/// Stores one form field under its mangled name, as PHP does for `$_GET` and `$_POST`.
pub fn put_field(fields: &mut Vec<(String, Value)>, name: &str, value: Value) {
    let name = name.trim_start_matches(' ');
    let name = name.split('\0').next().unwrap_or_default();
    let bracket = name.char_indices().skip(1).find(|&(_, c)| c == '[').map(|(at, _)| at);
    let (base, mut keys) = match bracket {
        Some(at) if name.get(at..).is_some_and(|keys| keys.contains(']')) => name.split_at(at),
        _ => (name, ""),
    };
    let base = base.replace([' ', '.', '['], "_");
    if base.is_empty() {
        return;
    }
    let mut path = Vec::new();
    while let Some((key, rest)) = keys.strip_prefix('[').and_then(|keys| keys.split_once(']')) {
        path.push(key.to_owned());
        keys = rest;
    }
    let slot = slot(fields, &base);
    put_nested(slot, &path, value);
}

/// `strip_tags` without allowed tags: markup, comments and PHP blocks vanish, an open one swallows the rest.
pub fn strip_tags(text: &str) -> String {
    let mut kept = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('<') {
        let (before, tag) = rest.split_at(at);
        kept.push_str(before);
        // A `<` before white space, as in "a < b", is text.
        if tag.chars().nth(1).is_some_and(|c| c.is_ascii_whitespace()) {
            kept.push('<');
            rest = tag.get(1..).unwrap_or_default();
            continue;
        }
        rest = tag.get(tag_length(tag)..).unwrap_or_default();
    }
    kept.push_str(rest);
    kept.retain(|c| c != '\0');
    kept
}

/// Sixteen low bytes of PHP's `mt_rand` after `mt_srand(seed)`, which is what `rand(0, 255)` gives sixteen times.
///
/// Source: `kSessionBase::generateKsV2` for KSs with `downloadasset`, whose random block follows from the expiry.
pub fn seeded_random_block(seed: u32) -> [u8; 16] {
    let mut twister = MersenneTwister::new(seed);
    std::array::from_fn(|_| twister.next().to_le_bytes()[0])
}

/// MT19937, of which only the first few outputs after seeding are needed.
struct MersenneTwister {
    state: [u32; 624],
    index: usize,
}

impl MersenneTwister {
    fn new(seed: u32) -> Self {
        let mut state = [0u32; 624];
        let mut previous = seed;
        for (index, word) in (0u32..).zip(state.iter_mut()) {
            if index > 0 {
                previous = 1_812_433_253u32.wrapping_mul(previous ^ (previous >> 30)).wrapping_add(index);
            }
            *word = previous;
        }
        MersenneTwister { state, index: 0 }
    }

    #[expect(clippy::indexing_slicing, reason = "every index is reduced modulo the length of the array")]
    fn next(&mut self) -> u32 {
        let at = self.index;
        let mixed = (self.state[at] & 0x8000_0000) | (self.state[(at + 1) % 624] & 0x7fff_ffff);
        let twist = if mixed & 1 == 1 { 0x9908_b0df } else { 0 };
        self.state[at] = self.state[(at + 397) % 624] ^ (mixed >> 1) ^ twist;
        let mut word = self.state[at];
        self.index = (at + 1) % 624;
        word ^= word >> 11;
        word ^= (word << 7) & 0x9d2c_5680;
        word ^= (word << 15) & 0xefc6_0000;
        word ^ (word >> 18)
    }
}

fn hex_digit(byte: u8) -> Option<u8> {
    char::from(byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok())
}

fn form_decode(text: &[u8]) -> Vec<u8> {
    let spaced: Vec<u8> = text.iter().map(|&byte| if byte == b'+' { b' ' } else { byte }).collect();
    raw_url_decode(&spaced)
}

fn slot<'a>(fields: &'a mut Vec<(String, Value)>, name: &str) -> &'a mut Value {
    let at = fields.iter().position(|(known, _)| known == name).unwrap_or(fields.len());
    if at == fields.len() {
        fields.push((name.to_owned(), Value::Null));
    }
    #[expect(clippy::indexing_slicing, reason = "the element was found or pushed just above")]
    &mut fields[at].1
}

fn put_nested(slot_value: &mut Value, path: &[String], value: Value) {
    let Some((key, rest)) = path.split_first() else {
        *slot_value = value;
        return;
    };
    if !matches!(slot_value, Value::Array(_)) {
        *slot_value = Value::Array(Vec::new());
    }
    if let Value::Array(items) = slot_value {
        let key = if key.is_empty() { items.len().to_string() } else { key.clone() };
        put_nested(slot(items, &key), rest, value);
    }
}

/// Length in bytes of the tag that `text` starts with; all of it if the tag is never closed.
fn tag_length(text: &str) -> usize {
    if text.starts_with("<!--") {
        return text.find("-->").map_or(text.len(), |at| at + 3);
    }
    let mut quote = None;
    let mut depth = 0usize;
    for (at, c) in text.char_indices() {
        match (quote, c) {
            (Some(open), _) if c == open => quote = None,
            (Some(_), _) => {}
            (None, '"' | '\'') => quote = Some(c),
            (None, '<') => depth += 1,
            (None, '>') if depth == 1 => return at + 1,
            (None, '>') => depth -= 1,
            (None, _) => {}
        }
    }
    text.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_becomes_a_number_the_way_php_does_it() {
        let int = |text| leading_number(text).map_or(0, |(number, _)| number.to_int());
        assert_eq!((int("abc"), int("60.9"), int("1e3"), int(" 12abc"), int("-7"), int(".")), (0, 60, 1000, 12, -7, 0));
        assert_eq!((int("99999999999999999999"), int("-99999999999999999999")), (i64::MAX, i64::MIN));
        let numeric = |text| leading_number(text).is_some_and(|(_, whole)| whole);
        assert!(numeric("2.0") && numeric(" 2 ") && numeric(".5") && numeric("5."));
        assert!(!numeric("2x") && !numeric("") && !numeric("."));
    }

    #[test]
    fn form_names_are_mangled_and_brackets_nest() {
        let fields = parse_query(b"a.b=1&c+d=2&e[x][y]=3&e[]=4&a_b=5&f=%C3%A9+x&g");
        let show = format!("{fields:?}");
        assert_eq!(
            show,
            r#"[("a_b", Text("5")), ("c_d", Text("2")), ("e", Array([("x", Array([("y", Text("3"))])), ("1", Text("4"))])), ("f", Text("é x")), ("g", Text(""))]"#
        );
    }

    #[test]
    fn tags_vanish_and_lone_brackets_stay() {
        assert_eq!(strip_tags("a<b>c</b>d"), "acd");
        assert_eq!(strip_tags("1 < 2 > 1"), "1 < 2 > 1");
        assert_eq!(strip_tags("x<a href='>'>y"), "xy");
        assert_eq!(strip_tags("x<!-- > -->y<open"), "xy");
    }
}
