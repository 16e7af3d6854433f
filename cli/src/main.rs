//! Kaltura Sessions and app tokens on the command line, for administrators and for those who set an app up.

mod app_tokens;
mod arguments;
mod ks;
mod output;
mod secrets;
mod session;

use std::process::ExitCode;

use clap::{CommandFactory as _, Parser as _};

use arguments::{Arguments, Command};
use output::{Outcome, Output};

fn main() -> ExitCode {
    let arguments = match Arguments::try_parse() {
        Ok(arguments) => arguments,
        Err(error) => return refused(&error),
    };
    let output = Output::new(arguments.json, arguments.color);
    match run(arguments.command, &output) {
        Ok(outcome) => outcome.exit_code(),
        Err(failure) => output.failure(&failure),
    }
}

/// Arguments that cannot be understood, or whoever asks for help.
fn refused(error: &clap::Error) -> ExitCode {
    let wants_json = std::env::args_os().any(|argument| argument == "--json");
    if !error.use_stderr() || !wants_json {
        error.exit();
    }
    let text = error.to_string();
    let told = text.split("\n\n").next().unwrap_or_default();
    let told = told.trim().trim_start_matches("error: ").split_whitespace().collect::<Vec<_>>().join(" ");
    Output::new(true, arguments::Color::Never).failure(&output::Failure::usage(told))
}

fn run(command: Command, output: &Output) -> Result<Outcome, output::Failure> {
    match command {
        Command::Generate(arguments) => session::generate(&arguments, output),
        Command::Diagnose(arguments) => session::diagnose(&arguments, output),
        Command::Inspect(arguments) => ks::inspect(&arguments, output),
        Command::Sign(arguments) => ks::sign(&arguments, output),
        Command::AppToken(command) => app_tokens::run(&command, output),
        Command::Completions { shell } => {
            let mut command = Arguments::command();
            clap_complete::generate(shell, &mut command, "kaltura-session", &mut std::io::stdout());
            Ok(Outcome::Good)
        }
        Command::Man { folder } => {
            match folder {
                Some(folder) => clap_mangen::generate_to(Arguments::command(), folder)?,
                None => clap_mangen::Man::new(Arguments::command()).render(&mut std::io::stdout())?,
            }
            Ok(Outcome::Good)
        }
    }
}
