//! What PHP's own functions do to a KS on the server: how they write and read URLs, numbers and seeded randomness.

/// `urlencode`: a blank becomes `+`, everything but letters, digits and `-_.` becomes `%XX` in upper case.
pub(super) fn url_encode(text: &str) -> String {
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

/// A value that `parse_str` found.
#[derive(Debug, PartialEq)]
pub(super) enum Value {
    Text(String),
    /// Of a name such as `a[b]`.
    Array,
}

/// `parse_str`: the fields of a query by name. `+` and `%XX` are decoded; `.`, blanks and a lone `[` in names become
/// `_`; of equal names the last value wins but keeps the first place.
pub(super) fn parse_query(query: &[u8]) -> Vec<(String, Value)> {
    let mut fields: Vec<(String, Value)> = Vec::new();
    for pair in query.split(|&byte| byte == b'&') {
        let (name, value) = match pair.iter().position(|&byte| byte == b'=') {
            Some(at) => (pair.get(..at).unwrap_or_default(), pair.get(at + 1..).unwrap_or_default()),
            None => (pair, &b""[..]),
        };
        let Some((name, is_array)) = field_name(&form_decode(name)) else {
            continue;
        };
        let value = if is_array { Value::Array } else { Value::Text(form_decode(value)) };
        match fields.iter_mut().find(|(known, _)| *known == name) {
            Some((_, known)) => *known = value,
            None => fields.push((name, value)),
        }
    }
    fields
}

/// The name that a field is stored under, if any, and whether it makes an array.
fn field_name(name: &str) -> Option<(String, bool)> {
    let name = name.trim_start_matches(' ').split('\0').next().unwrap_or_default();
    let bracket = name.char_indices().skip(1).find(|&(_, c)| c == '[').map(|(at, _)| at);
    let (base, is_array) = match bracket.and_then(|at| name.split_at_checked(at)) {
        Some((base, keys)) if keys.contains(']') => (base, true),
        _ => (name, false),
    };
    let base = base.replace([' ', '.', '['], "_");
    (!base.is_empty()).then_some((base, is_array))
}

/// `+` and `%XX` undone; a broken escape stays as it is, and what is not UTF-8 is replaced.
fn form_decode(text: &[u8]) -> String {
    let mut decoded = Vec::with_capacity(text.len());
    let mut rest = text;
    while let Some((&byte, behind)) = rest.split_first() {
        rest = behind;
        match (byte, behind) {
            (b'+', _) => decoded.push(b' '),
            (b'%', [high, low, behind @ ..]) if high.is_ascii_hexdigit() && low.is_ascii_hexdigit() => {
                decoded.push(hex_digit(*high) << 4 | hex_digit(*low));
                rest = behind;
            }
            _ => decoded.push(byte),
        }
    }
    String::from_utf8(decoded).unwrap_or_else(|error| String::from_utf8_lossy(error.as_bytes()).into_owned())
}

fn hex_digit(digit: u8) -> u8 {
    match digit {
        b'0'..=b'9' => digit - b'0',
        b'a'..=b'f' => digit - b'a' + 10,
        b'A'..=b'F' => digit - b'A' + 10,
        _ => 0,
    }
}

/// `trim` with PHP's idea of white space.
pub(super) fn trim(text: &str) -> &str {
    text.trim_matches([' ', '\t', '\n', '\r', '\0', '\x0b'])
}

/// The number that a text is, if the whole of it is one (`is_numeric`).
pub(super) fn number(text: &str) -> Option<f64> {
    let text = text.trim_matches([' ', '\t', '\n', '\r', '\x0b', '\x0c']);
    // Rust also reads words, such as "inf".
    let is_written_in_digits = text.bytes().all(|byte| byte.is_ascii_digit() || b"+-.eE".contains(&byte));
    text.parse().ok().filter(|_| is_written_in_digits)
}

/// Sixteen low bytes of PHP's `mt_rand` after `mt_srand(seed)`, which is what `rand(0, 255)` gives sixteen times.
pub(super) fn seeded_random_block(seed: u32) -> [u8; 16] {
    let mut twister = MersenneTwister::new(seed);
    std::array::from_fn(|_| twister.next().to_le_bytes()[0])
}

/// MT19937, of which only the first outputs after seeding are needed.
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_mangled_and_brackets_make_arrays() {
        let text = |name: &str, value: &str| (name.to_owned(), Value::Text(value.to_owned()));
        assert_eq!(
            parse_query(b"a.b=1&c+d=2&e[x]=3&a_b=5&f=%C3%A9+x&g&=h&%zz=%4&[i=6&j[=7&e2[]=8"),
            [
                text("a_b", "5"),
                text("c_d", "2"),
                ("e".into(), Value::Array),
                text("f", "é x"),
                text("g", ""),
                text("%zz", "%4"),
                text("_i", "6"),
                text("j_", "7"),
                ("e2".into(), Value::Array),
            ]
        );
    }

    #[test]
    fn texts_are_numbers_only_as_a_whole() {
        assert_eq!(
            [number("2"), number(" 2.0 "), number(".5"), number("1e3")],
            [Some(2.0), Some(2.0), Some(0.5), Some(1000.0)]
        );
        for text in ["", "2x", ".", "inf", "nan", "0x10", "infinity"] {
            assert_eq!(number(text), None, "{text}");
        }
    }
}
