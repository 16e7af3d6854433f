//! The fake Kaltura server as a program.

use std::io::{self, Read, Write};
use std::net::{SocketAddr, ToSocketAddrs};
use std::process::ExitCode;
use std::time::{SystemTime, UNIX_EPOCH};
use std::{fs, process, thread};

use kaltura_fake_server::{FakeServer, Settings, World};

const HELP: &str = "\
usage: kaltura-fake-server [--world FILE] [--http ADDR] [--https ADDR] [--ca-out FILE] [--script FILE]
                           [--cache] [--no-stdin]

A Kaltura double for tests: session.startWidgetSession, .start, .get and .end, all of appToken, system.ping and .getTime,
as JSON. Accounts come from a world file; misbehaviour is asked for under /_fake/ (GET it for an overview).

  --world FILE    accounts, as JSON; without it, a bundled world with partner 101 and others
  --http ADDR     listen for http, as 127.0.0.1:8080; port 0 picks a free one
  --https ADDR    listen for https; without both, http and https at 127.0.0.1:0
  --ca-out FILE   write the certificate authority to trust, PEM
  --script FILE   misbehave from the start, by these rules
  --cache         cache answers of anonymous sessions, as the real server does
  --no-stdin      go on when standard input closes
  --help          print this
  --version       print the version

Prints a line per listener when it is ready, such as `http http://127.0.0.1:43210`.
Ends on SIGTERM, on SIGINT, and when standard input closes.
";

fn main() -> ExitCode {
    let arguments = match Arguments::parse(std::env::args().skip(1)) {
        Ok(Some(arguments)) => arguments,
        Ok(None) => return ExitCode::SUCCESS,
        Err(message) => {
            eprintln!("kaltura-fake-server: {message}; see --help");
            return ExitCode::from(2);
        }
    };
    match run(&arguments) {
        Ok(never) => never,
        Err(message) => {
            eprintln!("kaltura-fake-server: {message}");
            ExitCode::FAILURE
        }
    }
}

#[derive(Default)]
struct Arguments {
    world: Option<String>,
    http: Option<SocketAddr>,
    https: Option<SocketAddr>,
    ca_out: Option<String>,
    script: Option<String>,
    cache: bool,
    no_stdin: bool,
}

impl Arguments {
    /// None if the answer has been printed already.
    fn parse(mut words: impl Iterator<Item = String>) -> Result<Option<Arguments>, String> {
        let mut arguments = Arguments::default();
        while let Some(word) = words.next() {
            let (flag, inline) = match word.split_once('=') {
                Some((flag, value)) => (flag.to_owned(), Some(value.to_owned())),
                None => (word, None),
            };
            let mut value = || inline.clone().or_else(|| words.next()).ok_or(format!("{flag} needs a value"));
            match flag.as_str() {
                "--world" => arguments.world = Some(value()?),
                "--http" => arguments.http = Some(address(&value()?)?),
                "--https" => arguments.https = Some(address(&value()?)?),
                "--ca-out" => arguments.ca_out = Some(value()?),
                "--script" => arguments.script = Some(value()?),
                "--cache" => arguments.cache = true,
                "--no-stdin" => arguments.no_stdin = true,
                "--help" | "-h" => {
                    print!("{HELP}");
                    return Ok(None);
                }
                "--version" | "-V" => {
                    println!("kaltura-fake-server {}", env!("CARGO_PKG_VERSION"));
                    return Ok(None);
                }
                _ => return Err(format!("unknown argument {flag}")),
            }
        }
        Ok(Some(arguments))
    }
}

/// Serves until a signal or the end of standard input ends the process; returns only if it cannot start.
fn run(arguments: &Arguments) -> Result<ExitCode, String> {
    let started_at = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |age| age.as_secs());
    let mut settings = Settings { cache: arguments.cache, ..Settings::default() };
    if let Some(file) = &arguments.world {
        let json = fs::read_to_string(file).map_err(|error| format!("{file}: {error}"))?;
        let started_at = i64::try_from(started_at).unwrap_or_default();
        settings.world = World::parse(&json, started_at).map_err(|error| format!("{file}: {error}"))?;
    }
    if arguments.http.is_some() || arguments.https.is_some() {
        (settings.http, settings.https) = (arguments.http, arguments.https);
    }
    let server = FakeServer::start(settings).map_err(|error| format!("cannot listen: {error}"))?;
    if let Some(file) = &arguments.ca_out {
        fs::write(file, server.ca_pem()).map_err(|error| format!("{file}: {error}"))?;
    }
    if let Some(file) = &arguments.script {
        let rules = fs::read_to_string(file).map_err(|error| format!("{file}: {error}"))?;
        server.script(&rules).map_err(|error| format!("{file}: {error}"))?;
    }
    end_on_signals().map_err(|error| format!("cannot wait for signals: {error}"))?;
    announce(&server).map_err(|error| format!("cannot write to standard output: {error}"))?;
    if !arguments.no_stdin {
        wait_for_end_of_input();
        process::exit(0);
    }
    loop {
        thread::park();
    }
}

fn announce(server: &FakeServer) -> io::Result<()> {
    let mut out = io::stdout().lock();
    for (name, url) in [("http", server.http_url()), ("https", server.https_url())] {
        if !url.is_empty() {
            writeln!(out, "{name} {url}")?;
        }
    }
    out.flush()
}

fn wait_for_end_of_input() {
    let mut buffer = [0; 1024];
    let mut input = io::stdin().lock();
    loop {
        match input.read(&mut buffer) {
            Ok(0) => return,
            Ok(_) => {}
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(_) => return,
        }
    }
}

#[cfg(unix)]
fn end_on_signals() -> io::Result<()> {
    use signal_hook::consts::{SIGINT, SIGTERM};

    let mut signals = signal_hook::iterator::Signals::new([SIGINT, SIGTERM])?;
    thread::Builder::new().spawn(move || {
        if signals.forever().next().is_some() {
            process::exit(0);
        }
    })?;
    Ok(())
}

#[cfg(not(unix))]
fn end_on_signals() -> io::Result<()> {
    Ok(())
}

fn address(text: &str) -> Result<SocketAddr, String> {
    let mut found = text.to_socket_addrs().map_err(|error| format!("{text}: {error}"))?;
    found.next().ok_or_else(|| format!("{text} is no address"))
}
