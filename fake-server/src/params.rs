//! The parameters of a request, from its path, query and body.
//!
//! Source: `infraRequestUtils::getRequestParams`. The path wins over the query, the query over the body, so a body can never
//! override the URL. A body of a type that is not recognised is ignored without a word.

use crate::php;
use crate::value::Value;

/// All parameters by name. Names are case-sensitive.
#[derive(Clone, Debug, Default)]
pub struct Params(Vec<(String, Value)>);

impl Params {
    /// Reads a request; none if its path does not lead to the API.
    pub fn of_request(method: &str, target: &str, content_type: Option<&str>, body: &[u8]) -> Option<Params> {
        let (path, query) = target.split_once('?').unwrap_or((target, ""));
        let path = php::raw_url_decode(path.as_bytes());
        let path = String::from_utf8_lossy(&path).into_owned();
        let mut fields = body_fields(method, content_type, body);
        replace(&mut fields, php::parse_query(query.as_bytes()));
        replace(&mut fields, path_pairs(api_path(&path)?));
        Some(Params(fields))
    }

    /// A parameter that is there, null included.
    pub fn get(&self, name: &str) -> Option<&Value> {
        self.0.iter().find(|(known, _)| known == name).map(|(_, value)| value)
    }

    /// A parameter as text; empty if it is not there.
    pub fn text(&self, name: &str) -> String {
        self.get(name).map(Value::to_text).unwrap_or_default()
    }

    /// Whether a parameter is there and true for PHP.
    pub fn is_true(&self, name: &str) -> bool {
        self.get(name).is_some_and(Value::is_true)
    }

    /// The parameters as the actions see them: `a:b=1` has become an array `a` with a member `b`.
    /// Source: `KalturaRequestDeserializer::groupParams`.
    pub fn grouped(&self) -> Params {
        let mut grouped = Vec::new();
        for (name, value) in &self.0 {
            match name.split_once(':') {
                Some((base, keys)) => {
                    let keys = keys.replace(':', "][");
                    php::put_field(&mut grouped, &format!("{base}[{keys}]"), value.clone());
                }
                None => replace(&mut grouped, vec![(name.clone(), value.clone())]),
            }
        }
        Params(grouped)
    }

    /// One line per parameter that shapes the answer, sorted. Source: the ignored names of `KalturaResponseCacher`.
    pub fn cache_key(&self) -> String {
        let ignored = ["ks", "clientTag", "kalsig", "callback"];
        let relevant = self.0.iter().filter(|(name, _)| !ignored.contains(&name.as_str()));
        let mut lines: Vec<String> = relevant.map(|(name, value)| format!("{name}={}", value.to_text())).collect();
        lines.sort();
        lines.join("\n")
    }
}

/// What follows the script in a path, as `service/session/action/start`; none for paths outside of the API.
///
/// `/api_v3/service/…` may stand behind any prefix, as a CDN path does; `/api/service/…` is an alias.
fn api_path(path: &str) -> Option<&str> {
    if let Some(at) = path.find("api_v3/service/") {
        return path.get(at + "api_v3/".len()..);
    }
    if let Some(rest) = path.strip_prefix("/api_v3/index.php") {
        return Some(rest);
    }
    match path {
        "/api_v3" | "/api_v3/" | "/api_v3/service" => path.strip_prefix("/api_v3"),
        _ if path.starts_with("/api/service/") => path.strip_prefix("/api/"),
        _ => None,
    }
}

/// Key, value, key, value. Empty segments do not count, so an empty value shifts everything behind it; a key `0` ends it.
fn path_pairs(path: &str) -> Vec<(String, Value)> {
    let mut segments = path.split('/').filter(|segment| !["", "api_v3", "index.php"].contains(segment));
    let mut pairs: Vec<(String, Value)> = Vec::new();
    while let Some(key) = segments.next().filter(|key| *key != "0") {
        let value = segments.next().map_or(Value::Null, Value::from);
        if !pairs.iter().any(|(known, _)| known == key) {
            pairs.push((key.to_owned(), value));
        }
    }
    pairs
}

/// Parameters in a body. JSON needs the exact content type but no method, forms need POST.
fn body_fields(method: &str, content_type: Option<&str>, body: &[u8]) -> Vec<(String, Value)> {
    let content_type = content_type.unwrap_or_default();
    let kind = content_type.to_ascii_lowercase();
    if kind == "application/json" {
        return json_fields(body).unwrap_or_default();
    }
    if method != "POST" {
        return Vec::new();
    }
    if kind.starts_with("application/x-www-form-urlencoded") {
        return php::parse_query(body);
    }
    if kind.starts_with("multipart/form-data") {
        let fields = multipart_fields(content_type, body).unwrap_or_default();
        let json = fields.iter().find(|(name, _)| name == "json");
        let whole = json.and_then(|(_, text)| parse_json(text.to_text().as_bytes()));
        return whole.unwrap_or(fields);
    }
    Vec::new()
}

fn json_fields(body: &[u8]) -> Option<Vec<(String, Value)>> {
    let text = php::trim(std::str::from_utf8(body).ok()?);
    if !text.starts_with('{') || !text.ends_with('}') {
        return None;
    }
    parse_json(text.as_bytes())
}

fn parse_json(text: &[u8]) -> Option<Vec<(String, Value)>> {
    match Value::from_json(serde_json::from_slice(text).ok()?) {
        Value::Array(fields) => Some(fields),
        _ => None,
    }
}

/// The plain fields of a multipart body; files are no parameters of any action here.
fn multipart_fields(content_type: &str, body: &[u8]) -> Option<Vec<(String, Value)>> {
    let (_, boundary) = content_type.split_once("boundary=")?;
    let boundary = boundary.split(';').next()?.trim().trim_matches('"');
    let delimiter = format!("--{boundary}").into_bytes();
    let mut fields = Vec::new();
    let mut rest = body.get(find(body, &delimiter)? + delimiter.len()..)?;
    while let Some(end) = find(rest, &delimiter) {
        let (part, behind) = rest.split_at_checked(end)?;
        rest = behind.get(delimiter.len()..)?;
        let Some(gap) = find(part, b"\r\n\r\n") else { continue };
        let head = String::from_utf8_lossy(part.get(..gap)?).into_owned();
        let value = part.get(gap + 4..)?;
        let value = value.strip_suffix(b"\r\n").unwrap_or(value);
        if let Some(name) = head.split_once(" name=\"").and_then(|(_, name)| name.split('"').next())
            && !head.contains("filename=")
        {
            php::put_field(&mut fields, name, Value::from_bytes(value.to_vec()));
        }
    }
    Some(fields)
}

fn find(haystack: &[u8], needle: &[u8]) -> Option<usize> {
    haystack.windows(needle.len()).position(|window| window == needle)
}

/// `array_replace_recursive`: later values win, arrays are merged.
fn replace(fields: &mut Vec<(String, Value)>, with: Vec<(String, Value)>) {
    for (name, value) in with {
        match fields.iter_mut().find(|(known, _)| *known == name) {
            Some((_, Value::Array(items))) if matches!(value, Value::Array(_)) => {
                if let Value::Array(newer) = value {
                    replace(items, newer);
                }
            }
            Some((_, known)) => *known = value,
            None => fields.push((name, value)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn get(target: &str) -> Params {
        Params::of_request("GET", target, None, b"").unwrap()
    }

    fn post(target: &str, content_type: &str, body: &str) -> Params {
        Params::of_request("POST", target, Some(content_type), body.as_bytes()).unwrap()
    }

    #[test]
    fn every_form_of_the_url_leads_to_the_same_action() {
        for target in [
            "/api_v3/service/session/action/start/format/1",
            "/api_v3/index.php/service/session/action/start?format=1",
            "/api_v3/index.php?service=session&action=start&format=1",
            "/api_v3/?service=session&action=start&format=1",
            "/api/service/session/action/start?format=1",
            "/p/101/sp/10100/api_v3/service/session/action/start?format=1",
        ] {
            let params = get(target);
            let found = [params.text("service"), params.text("action"), params.text("format")];
            assert_eq!(found, ["session", "start", "1"], "{target}");
        }
        assert!(Params::of_request("GET", "/index.html", None, b"").is_none());
    }

    #[test]
    fn the_path_wins_over_the_query_and_the_query_over_the_body() {
        let params =
            post("/api_v3/service/x/a/path/a/later?a=query&b=query", "application/json", r#"{"a":1,"b":2,"c":3}"#);
        assert_eq!([params.text("a"), params.text("b"), params.text("c")], ["path", "query", "3"]);
    }

    #[test]
    fn an_empty_path_value_shifts_the_pairs_behind_it() {
        let params = get("/api_v3/service/session/action/startWidgetSession/expiry//widgetId/_101");
        assert_eq!(params.text("expiry"), "widgetId");
        assert_eq!(params.get("_101"), Some(&Value::Null));
        assert_eq!(params.get("widgetId"), None);
    }

    #[test]
    fn json_is_read_only_with_the_exact_content_type() {
        let body = r#" {"a":1} "#;
        let target = "/api_v3/service/x";
        assert!(post(target, "Application/JSON", body).get("a").is_some());
        assert!(post(target, "application/json; charset=utf-8", body).get("a").is_none());
        assert!(post(target, "application/json", "[1]").get("a").is_none());
        assert!(post(target, "application/json", "\u{feff}{\"a\":1}").get("a").is_none());
    }

    #[test]
    fn forms_need_post_and_multipart_may_carry_json() {
        let form = Params::of_request("PUT", "/api_v3/", Some("application/x-www-form-urlencoded"), b"a=1").unwrap();
        assert!(form.get("a").is_none());
        let multipart = |name| {
            format!("--B\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{{\"a\":\"x\"}}\r\n--B--\r\n")
        };
        assert_eq!(post("/api_v3/", "multipart/form-data; boundary=B", &multipart("json")).text("a"), "x");
        assert_eq!(post("/api_v3/", "multipart/form-data; boundary=B", &multipart("b")).text("b"), r#"{"a":"x"}"#);
    }

    #[test]
    fn colons_in_names_make_arrays() {
        let params = get("/api_v3/?a:b=1&c=2").grouped();
        assert!(matches!(params.get("a"), Some(Value::Array(_))));
        assert_eq!(params.text("c"), "2");
    }
}
