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
    let arguments = Arguments::parse();
    let output = Output::new(arguments.json, arguments.color);
    match run(arguments.command, &output) {
        Ok(outcome) => outcome.exit_code(),
        Err(failure) => output.failure(&failure),
    }
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
        Command::Man => {
            clap_mangen::Man::new(Arguments::command()).render(&mut std::io::stdout())?;
            Ok(Outcome::Good)
        }
    }
}
