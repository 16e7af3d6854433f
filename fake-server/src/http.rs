//! HTTP/1.1: requests are read with `httparse`, replies are plain data until the connection sends them.
//!
//! The parser is the one below hyper. The other half is written by hand, because a server library's whole purpose is to
//! prevent what this server must be able to do: wrong lengths, cut bodies, heads that come byte by byte.

use std::io;

use crate::wire::Wire;

/// Largest body that is read.
const BODY_LIMIT: usize = 1024 * 1024;
/// Largest head.
const HEAD_LIMIT: usize = 64 * 1024;
/// Longest request line, as Apache has it by default.
const LINE_LIMIT: usize = 8190;

/// A request.
#[derive(Debug, Default)]
pub struct Request {
    /// As sent.
    pub method: String,
    /// Path and query as sent.
    pub target: String,
    /// Names and values as sent.
    pub headers: Vec<(String, String)>,
    /// The body, decoded.
    pub body: Vec<u8>,
    /// Head and body as they came.
    pub raw: Vec<u8>,
    /// In how many pieces they came.
    pub pieces: usize,
    /// HTTP/1.0.
    pub is_old: bool,
}

impl Request {
    /// A header's value, by name in any case.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str())
    }

    /// Whether the client wants the connection kept.
    pub fn keeps_alive(&self) -> bool {
        let connection = self.header("connection").unwrap_or_default().to_ascii_lowercase();
        if self.is_old { connection.contains("keep-alive") } else { !connection.contains("close") }
    }
}

/// What came of reading a request.
#[derive(Debug)]
pub enum Received {
    /// A whole one.
    Request(Request),
    /// The client has gone.
    Closed,
    /// Something that gets an error status, and no second chance.
    Refused(u16),
}

/// Reads requests off a connection, one after the other.
#[derive(Debug, Default)]
pub struct Inbox {
    buffer: Vec<u8>,
    pieces: usize,
}

impl Inbox {
    /// Waits for the next request.
    pub fn receive(&mut self, wire: &mut Wire) -> io::Result<Received> {
        self.pieces = usize::from(!self.buffer.is_empty());
        let (mut request, head_length) = loop {
            match parse_head(&self.buffer) {
                Ok(Some(parsed)) => break parsed,
                Ok(None) if self.buffer.len() > HEAD_LIMIT => return Ok(Received::Refused(431)),
                Ok(None) => {
                    if !self.fill(wire)? {
                        return Ok(Received::Closed);
                    }
                }
                Err(()) => return Ok(Received::Refused(400)),
            }
        };
        if request.target.len() > LINE_LIMIT {
            return Ok(Received::Refused(414));
        }
        let expects = request.header("expect").is_some_and(|value| value.eq_ignore_ascii_case("100-continue"));
        if expects && self.buffer.len() == head_length {
            wire.send(b"HTTP/1.1 100 Continue\r\n\r\n")?;
        }
        let is_chunked =
            request.header("transfer-encoding").is_some_and(|value| value.to_ascii_lowercase().contains("chunked"));
        let end = if is_chunked {
            self.chunked_body(wire, head_length, &mut request.body)?
        } else {
            let length = request.header("content-length").map_or(Ok(0), str::parse::<usize>);
            match length {
                Ok(length) if length <= BODY_LIMIT => self.sized_body(wire, head_length, length, &mut request.body)?,
                Ok(_) => Err(413),
                Err(_) => Err(400),
            }
        };
        match end {
            Ok(Some(end)) => {
                let rest = self.buffer.split_off(end);
                request.raw = std::mem::replace(&mut self.buffer, rest);
                request.pieces = self.pieces;
                Ok(Received::Request(request))
            }
            Ok(None) => Ok(Received::Closed),
            Err(status) => Ok(Received::Refused(status)),
        }
    }

    fn fill(&mut self, wire: &mut Wire) -> io::Result<bool> {
        let piece = wire.read_piece()?;
        self.pieces += 1;
        self.buffer.extend_from_slice(&piece);
        Ok(!piece.is_empty())
    }

    /// Where the request ends in the buffer; none if the client left early, a status if it cannot be served.
    fn sized_body(
        &mut self,
        wire: &mut Wire,
        start: usize,
        length: usize,
        body: &mut Vec<u8>,
    ) -> io::Result<Result<Option<usize>, u16>> {
        let end = start + length;
        while self.buffer.len() < end {
            if !self.fill(wire)? {
                return Ok(Ok(None));
            }
        }
        body.extend_from_slice(self.buffer.get(start..end).unwrap_or_default());
        Ok(Ok(Some(end)))
    }

    fn chunked_body(
        &mut self,
        wire: &mut Wire,
        start: usize,
        body: &mut Vec<u8>,
    ) -> io::Result<Result<Option<usize>, u16>> {
        let mut at = start;
        loop {
            let line = loop {
                match httparse::parse_chunk_size(self.buffer.get(at..).unwrap_or_default()) {
                    Ok(httparse::Status::Complete(line)) => break line,
                    Ok(httparse::Status::Partial) => {
                        if !self.fill(wire)? {
                            return Ok(Ok(None));
                        }
                    }
                    Err(_) => return Ok(Err(400)),
                }
            };
            let (line_length, size) = (line.0, usize::try_from(line.1).unwrap_or(usize::MAX));
            if body.len().saturating_add(size) > BODY_LIMIT {
                return Ok(Err(413));
            }
            let data = at + line_length;
            // Trailers are not supported, so the last chunk too is followed by one empty line.
            while self.buffer.len() < data + size + 2 {
                if !self.fill(wire)? {
                    return Ok(Ok(None));
                }
            }
            body.extend_from_slice(self.buffer.get(data..data + size).unwrap_or_default());
            at = data + size + 2;
            if size == 0 {
                return Ok(Ok(Some(at)));
            }
        }
    }
}

/// A reply before it is put on the wire.
#[derive(Clone, Debug, Default)]
pub struct Reply {
    /// The status.
    pub status: u16,
    /// Names and values, without those that frame the body.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: Vec<u8>,
    /// So many more bytes of body, all alike, which need not be kept in memory.
    pub filler: u64,
}

impl Reply {
    /// A reply with a content type.
    pub fn new(status: u16, content_type: &str, body: impl Into<Vec<u8>>) -> Reply {
        let headers = vec![("Content-Type".to_owned(), content_type.to_owned())];
        Reply { status, headers, body: body.into(), filler: 0 }
    }

    /// Sets a header, replacing one of that name.
    pub fn set(&mut self, name: &str, value: impl Into<String>) {
        let value = value.into();
        match self.headers.iter_mut().find(|(known, _)| known.eq_ignore_ascii_case(name)) {
            Some((_, known)) => *known = value,
            None => self.headers.push((name.to_owned(), value)),
        }
    }

    /// Removes a header.
    pub fn remove(&mut self, name: &str) {
        self.headers.retain(|(known, _)| !known.eq_ignore_ascii_case(name));
    }

    /// Status line, headers and the empty line.
    pub fn head(&self) -> Vec<u8> {
        let mut head = format!("HTTP/1.1 {} {}\r\n", self.status, reason(self.status));
        for (name, value) in &self.headers {
            head.push_str(&format!("{name}: {value}\r\n"));
        }
        head.push_str("\r\n");
        head.into_bytes()
    }
}

fn parse_head(buffer: &[u8]) -> Result<Option<(Request, usize)>, ()> {
    let mut headers = [httparse::EMPTY_HEADER; 100];
    let mut parsed = httparse::Request::new(&mut headers);
    let length = match parsed.parse(buffer) {
        Ok(httparse::Status::Complete(length)) => length,
        Ok(httparse::Status::Partial) => return Ok(None),
        Err(_) => return Err(()),
    };
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    let request = Request {
        method: parsed.method.unwrap_or_default().to_owned(),
        target: parsed.path.unwrap_or_default().to_owned(),
        headers: parsed.headers.iter().map(|header| (header.name.to_owned(), text(header.value))).collect(),
        is_old: parsed.version == Some(0),
        ..Request::default()
    };
    Ok(Some((request, length)))
}

/// The usual words behind a status.
fn reason(status: u16) -> &'static str {
    match status {
        200 => "OK",
        204 => "No Content",
        301 => "Moved Permanently",
        302 => "Found",
        303 => "See Other",
        307 => "Temporary Redirect",
        308 => "Permanent Redirect",
        400 => "Bad Request",
        401 => "Unauthorized",
        403 => "Forbidden",
        404 => "Not Found",
        405 => "Method Not Allowed",
        407 => "Proxy Authentication Required",
        408 => "Request Timeout",
        413 => "Content Too Large",
        414 => "URI Too Long",
        425 => "Too Early",
        429 => "Too Many Requests",
        431 => "Request Header Fields Too Large",
        500 => "Internal Server Error",
        501 => "Not Implemented",
        502 => "Bad Gateway",
        503 => "Service Unavailable",
        504 => "Gateway Timeout",
        505 => "HTTP Version Not Supported",
        511 => "Network Authentication Required",
        _ => "Status",
    }
}
