//! A parameter or answer value as PHP sees it, with PHP's casts.

use crate::php::{self, Number};

/// A value of a request parameter or of an answer.
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    /// `null`
    Null,
    /// `true` or `false`
    Bool(bool),
    /// A whole number.
    Int(i64),
    /// Any other number.
    Float(f64),
    /// Text.
    Text(String),
    /// Bytes that are not UTF-8. The server turns them into `false` where it expects a string.
    Broken(Vec<u8>),
    /// A list or map, in order. Lists have the keys `0`, `1`, …
    Array(Vec<(String, Value)>),
}

impl Value {
    /// Text if the bytes are UTF-8.
    pub fn from_bytes(bytes: Vec<u8>) -> Value {
        match String::from_utf8(bytes) {
            Ok(text) => Value::Text(text),
            Err(error) => Value::Broken(error.into_bytes()),
        }
    }

    /// What `json_decode` makes of a JSON value.
    pub fn from_json(json: serde_json::Value) -> Value {
        match json {
            serde_json::Value::Null => Value::Null,
            serde_json::Value::Bool(flag) => Value::Bool(flag),
            serde_json::Value::Number(number) => match number.as_i64() {
                Some(int) => Value::Int(int),
                None => Value::Float(number.as_f64().unwrap_or_default()),
            },
            serde_json::Value::String(text) => Value::Text(text),
            serde_json::Value::Array(items) => {
                let keys = (0usize..).map(|key| key.to_string());
                Value::Array(keys.zip(items.into_iter().map(Value::from_json)).collect())
            }
            serde_json::Value::Object(members) => {
                Value::Array(members.into_iter().map(|(key, value)| (key, Value::from_json(value))).collect())
            }
        }
    }

    /// PHP's truth: empty text, `"0"`, zero, null and empty arrays are false.
    pub fn is_true(&self) -> bool {
        match self {
            Value::Null => false,
            Value::Bool(flag) => *flag,
            Value::Int(number) => *number != 0,
            Value::Float(number) => *number != 0.0,
            Value::Text(text) => !text.is_empty() && text != "0",
            Value::Broken(_) => true,
            Value::Array(items) => !items.is_empty(),
        }
    }

    /// PHP's cast to string; bytes that are not UTF-8 are shown with replacement characters.
    pub fn to_text(&self) -> String {
        match self {
            Value::Null | Value::Bool(false) => String::new(),
            Value::Bool(true) => "1".to_owned(),
            Value::Int(number) => number.to_string(),
            Value::Float(number) => float_text(*number),
            Value::Text(text) => text.clone(),
            Value::Broken(bytes) => String::from_utf8_lossy(bytes).into_owned(),
            Value::Array(_) => "Array".to_owned(),
        }
    }

    /// PHP's cast to int.
    pub fn to_int(&self) -> i64 {
        match self {
            Value::Null => 0,
            Value::Bool(flag) => i64::from(*flag),
            Value::Int(number) => *number,
            // Outside of the range PHP wraps around; 0 is as good as any such number.
            Value::Float(number) if number.abs() < 9.3e18 => *number as i64,
            Value::Float(_) => 0,
            Value::Text(text) => php::leading_number(text).map_or(0, |(number, _)| number.to_int()),
            Value::Broken(bytes) => Value::Text(String::from_utf8_lossy(bytes).into_owned()).to_int(),
            Value::Array(items) => i64::from(!items.is_empty()),
        }
    }

    /// PHP 8's `==` with an integer.
    pub fn loosely_equals(&self, other: i64) -> bool {
        match self {
            Value::Null | Value::Bool(_) => self.is_true() == (other != 0),
            Value::Int(number) => *number == other,
            Value::Float(number) => *number == other as f64,
            Value::Text(text) => match php::leading_number(text) {
                Some((Number::Int(number), true)) => number == other,
                Some((Number::Float(number), true)) => number == other as f64,
                _ => false,
            },
            Value::Broken(_) | Value::Array(_) => false,
        }
    }
}

impl From<&str> for Value {
    fn from(text: &str) -> Value {
        Value::Text(text.to_owned())
    }
}

impl From<String> for Value {
    fn from(text: String) -> Value {
        Value::Text(text)
    }
}

impl From<i64> for Value {
    fn from(number: i64) -> Value {
        Value::Int(number)
    }
}

/// A float as PHP prints it: shortest form, exponent from 1e15 on, as in `1.0E+25`.
fn float_text(number: f64) -> String {
    if number.abs() < 1e15 {
        return number.to_string();
    }
    let text = format!("{number:E}");
    match text.split_once('E') {
        Some((digits, exponent)) => {
            let digits = if digits.contains('.') { digits.to_owned() } else { format!("{digits}.0") };
            format!("{digits}E+{exponent}")
        }
        None => text,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn loose_comparison_follows_php_8() {
        assert!(Value::from("2").loosely_equals(2) && Value::from("2.0 ").loosely_equals(2));
        assert!(Value::Null.loosely_equals(0) && Value::Bool(true).loosely_equals(2));
        assert!(!Value::from("").loosely_equals(0) && !Value::from("abc").loosely_equals(0));
    }

    #[test]
    fn floats_are_printed_as_php_prints_them() {
        assert_eq!((float_text(1.5), float_text(2.0), float_text(1e25)), ("1.5".into(), "2".into(), "1.0E+25".into()));
    }
}
