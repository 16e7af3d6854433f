//! JSON the way PHP's `json_encode` writes it.

use crate::value::Value;

/// The JSON of a value: `/` as `\/`, everything beyond ASCII as `\uXXXX`, nulls inside of objects left out.
///
/// `None` if some text is not UTF-8: `json_encode` then fails, and the server sends an empty body.
/// Source: `KalturaJsonSerializer::serialize`.
pub fn encode(value: &Value) -> Option<String> {
    let mut json = String::new();
    write(&mut json, value)?;
    Some(json)
}

fn write(json: &mut String, value: &Value) -> Option<()> {
    match value {
        Value::Null => json.push_str("null"),
        Value::Bool(flag) => json.push_str(if *flag { "true" } else { "false" }),
        Value::Int(number) => json.push_str(&number.to_string()),
        Value::Float(number) if number.is_finite() => json.push_str(&format!("{number:?}")),
        Value::Float(_) | Value::Broken(_) => return None,
        Value::Text(text) => write_text(json, text),
        Value::Array(items) => write_array(json, items)?,
    }
    Some(())
}

fn write_array(json: &mut String, items: &[(String, Value)]) -> Option<()> {
    let is_list = items.iter().zip(0usize..).all(|((key, _), index)| *key == index.to_string());
    json.push(if is_list { '[' } else { '{' });
    let mut first = true;
    for (key, value) in items.iter().filter(|(_, value)| *value != Value::Null) {
        if !first {
            json.push(',');
        }
        first = false;
        if !is_list {
            write_text(json, key);
            json.push(':');
        }
        write(json, value)?;
    }
    json.push(if is_list { ']' } else { '}' });
    Some(())
}

fn write_text(json: &mut String, text: &str) {
    json.push('"');
    for c in text.chars() {
        match c {
            '"' => json.push_str("\\\""),
            '\\' => json.push_str("\\\\"),
            '/' => json.push_str("\\/"),
            '\x08' => json.push_str("\\b"),
            '\x0c' => json.push_str("\\f"),
            '\n' => json.push_str("\\n"),
            '\r' => json.push_str("\\r"),
            '\t' => json.push_str("\\t"),
            ' '..='\x7e' => json.push(c),
            _ => {
                for unit in c.encode_utf16(&mut [0; 2]) {
                    json.push_str(&format!("\\u{unit:04x}"));
                }
            }
        }
    }
    json.push('"');
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slashes_and_everything_beyond_ascii_are_escaped() {
        assert_eq!(encode(&Value::from("a/é😀\x01\"")).as_deref(), Some(r#""a\/\u00e9\ud83d\ude00\u0001\"""#));
    }

    #[test]
    fn empty_arrays_are_lists_and_nulls_are_left_out() {
        let value = Value::Array(vec![
            ("a".into(), Value::Array(vec![])),
            ("b".into(), Value::Null),
            ("c".into(), Value::Int(1)),
        ]);
        assert_eq!(encode(&value).as_deref(), Some(r#"{"a":[],"c":1}"#));
    }

    #[test]
    fn text_that_is_not_utf8_makes_no_json_at_all() {
        assert_eq!(encode(&Value::Broken(vec![0xff])), None);
    }
}
