//! Secrets, from files or the environment.

use std::io::Read as _;
use std::path::Path;
use std::{env, fs, io};

use kaltura_session::Secret;

use crate::output::Failure;

pub const APP_TOKEN: &str = "KALTURA_APP_TOKEN";
pub const ADMIN_SECRET: &str = "KALTURA_ADMIN_SECRET";
pub const KS: &str = "KALTURA_KS";

/// The secret in the file, else in the environment, without white space around it; `None` if neither is there.
pub fn find(file: Option<&Path>, variable: &str) -> Result<Option<Secret>, Failure> {
    let text = match file {
        Some(file) => Some(read(file)?),
        None => env::var(variable).ok().filter(|text| !text.trim().is_empty()).map(Secret::new),
    };
    Ok(text.map(|text| Secret::new(text.trim())))
}

/// The same, which must be there.
pub fn get(file: Option<&Path>, variable: &str, option: &str) -> Result<Secret, Failure> {
    find(file, variable)?.ok_or_else(|| Failure::usage(format!("set {variable}, or give {option} FILE")))
}

fn read(file: &Path) -> Result<Secret, Failure> {
    if file == Path::new("-") {
        return read_input();
    }
    match fs::read_to_string(file) {
        Ok(text) => Ok(Secret::new(text)),
        Err(error) => Err(Failure::usage(format!("{}: {error}", file.display()))),
    }
}

/// Standard input to its end.
pub fn read_input() -> Result<Secret, Failure> {
    let mut text = String::new();
    match io::stdin().read_to_string(&mut text) {
        Ok(_) => Ok(Secret::new(text)),
        Err(error) => Err(Failure::usage(format!("standard input: {error}"))),
    }
}
