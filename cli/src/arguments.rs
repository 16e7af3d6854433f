//! What may be said on the command line. Secrets may not: other users of a machine see its command lines.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};

/// Kaltura Sessions (KS) and app tokens on the command line.
#[derive(Parser)]
#[command(name = "kaltura-session", version, about, long_about = None, after_long_help = AFTER_HELP)]
pub struct Arguments {
    #[command(subcommand)]
    pub command: Command,
    /// Print JSON, also for errors
    #[arg(long, global = true, display_order = LAST)]
    pub json: bool,
    /// When to use colours
    #[arg(long, global = true, display_order = LAST, value_enum, default_value_t = Color::Auto)]
    pub color: Color,
}

/// Behind the options of a command's own.
const LAST: usize = 900;

const AFTER_HELP: &str = "\
Secrets come from the environment or from files, never from arguments:
  KALTURA_APP_TOKEN     the app token          or --app-token-file FILE
  KALTURA_ADMIN_SECRET  the account's secret   or --secret-file FILE
  KALTURA_KS            a session              or --ks-file FILE
A FILE of - is standard input.

Exit codes:
  0  done
  1  inspect: the KS is not good
  2  wrong arguments or values
  3  the network
  4  what answered is no Kaltura server
  5  the server refused
  6  this program or machine failed";

#[derive(Subcommand)]
pub enum Command {
    /// Start a session with an app token, and print its KS
    Generate(SessionArguments),
    /// Start a session step by step, and say what is wrong if it fails
    Diagnose(SessionArguments),
    /// Say what a KS says; with the account's secret, whether it is good
    Inspect(InspectArguments),
    /// Sign a KS with the account's secret, without a server
    Sign(SignArguments),
    /// Make, show, list, change and delete app tokens
    #[command(subcommand)]
    AppToken(AppTokenCommand),
    /// Print completions for a shell
    Completions { shell: clap_complete::Shell },
    /// Print the manual page, or write those of all commands into a folder
    Man {
        /// The folder, which is there
        folder: Option<PathBuf>,
    },
}

#[derive(Args)]
pub struct Connection {
    /// The account's number
    #[arg(long, env = "KALTURA_PARTNER_ID", value_name = "NUMBER")]
    pub partner_id: i64,
    /// Base address of the server [default: https://www.kaltura.com]
    #[arg(long, env = "KALTURA_SERVICE_URL", value_name = "URL")]
    pub service_url: Option<String>,
    /// Trust the certificate authorities in this PEM file too
    #[arg(long, value_name = "FILE")]
    pub ca_file: Option<PathBuf>,
    /// Time for everything together, in seconds
    #[arg(long, value_name = "SECONDS", default_value_t = 15)]
    pub timeout: u32,
}

#[derive(Args)]
pub struct SessionArguments {
    #[command(flatten)]
    pub connection: Connection,
    /// Id of the app token, for instance 0_ab12cd34
    #[arg(long, env = "KALTURA_APP_TOKEN_ID", value_name = "ID")]
    pub app_token_id: String,
    /// File with the app token, - for standard input [default: KALTURA_APP_TOKEN of the environment]
    #[arg(long, value_name = "FILE")]
    pub app_token_file: Option<PathBuf>,
    /// How the app token is hashed [default: found out]
    #[arg(long, value_enum, ignore_case = true)]
    pub hash_type: Option<HashType>,
    #[command(flatten)]
    pub asked: Asked,
}

#[derive(Args)]
pub struct Asked {
    /// The user that the session is for
    #[arg(long, value_name = "TEXT")]
    pub user_id: Option<String>,
    /// What kind of session
    #[arg(long = "type", value_enum)]
    pub session_type: Option<SessionType>,
    /// How long it shall live
    #[arg(long, value_name = "SECONDS")]
    pub expiry: Option<i64>,
    /// What it may do, name:value/value,name,...
    #[arg(long, value_name = "LIST")]
    pub privileges: Option<String>,
}

#[derive(Args)]
pub struct InspectArguments {
    /// File with the KS, - for standard input [default: KALTURA_KS of the environment, else standard input]
    #[arg(long, value_name = "FILE")]
    pub ks_file: Option<PathBuf>,
    /// File with the account's admin secrets, one on each line [default: KALTURA_ADMIN_SECRET of the environment]
    #[arg(long, value_name = "FILE")]
    pub secret_file: Option<PathBuf>,
}

#[derive(Args)]
pub struct SignArguments {
    /// The account's number
    #[arg(long, env = "KALTURA_PARTNER_ID", value_name = "NUMBER")]
    pub partner_id: i64,
    /// File with the account's admin secret, - for standard input [default: KALTURA_ADMIN_SECRET of the environment]
    #[arg(long, value_name = "FILE")]
    pub secret_file: Option<PathBuf>,
    /// Version of the KS, 1 or 2
    #[arg(long, value_name = "NUMBER", default_value_t = 2)]
    pub ks_version: i32,
    #[command(flatten)]
    pub asked: Asked,
}

#[derive(Subcommand)]
pub enum AppTokenCommand {
    /// Make an app token, and print it
    Add {
        #[command(flatten)]
        admin: AdminArguments,
        #[command(flatten)]
        fields: AppTokenArguments,
    },
    /// Show an app token
    Get {
        #[command(flatten)]
        admin: AdminArguments,
        /// Id of the app token
        id: String,
        /// Show the token itself too, which starts its sessions
        #[arg(long)]
        show_token: bool,
    },
    /// List app tokens
    List {
        #[command(flatten)]
        admin: AdminArguments,
        /// Only those that name this user
        #[arg(long, value_name = "TEXT")]
        user_id: Option<String>,
        /// Only those that are active, or disabled
        #[arg(long, value_enum)]
        status: Option<AppTokenStatus>,
        /// The newest first
        #[arg(long)]
        newest_first: bool,
        /// At most so many
        #[arg(long, value_name = "NUMBER")]
        limit: Option<usize>,
        /// Show the tokens themselves too, which start their sessions
        #[arg(long)]
        show_token: bool,
    },
    /// Change what is named of an app token
    Update {
        #[command(flatten)]
        admin: AdminArguments,
        /// Id of the app token
        id: String,
        #[command(flatten)]
        fields: AppTokenArguments,
    },
    /// Delete an app token; every session that it started is ended at once
    Delete {
        #[command(flatten)]
        admin: AdminArguments,
        /// Id of the app token
        id: String,
    },
}

#[derive(Args)]
pub struct AdminArguments {
    #[command(flatten)]
    pub connection: Connection,
    /// File with an admin KS, - for standard input [default: KALTURA_KS of the environment]
    #[arg(long, value_name = "FILE", conflicts_with = "secret_file")]
    pub ks_file: Option<PathBuf>,
    /// File with the account's admin secret, - for standard input [default: KALTURA_ADMIN_SECRET of the environment]
    #[arg(long, value_name = "FILE")]
    pub secret_file: Option<PathBuf>,
    /// With a secret, the user that the server notes beside what is done
    #[arg(long, value_name = "TEXT", default_value = "", hide_default_value = true)]
    pub admin_user: String,
}

#[derive(Args)]
pub struct AppTokenArguments {
    /// How it is hashed [default: SHA256 for a new one]
    #[arg(long, value_enum, ignore_case = true)]
    pub hash_type: Option<HashType>,
    /// It ends so many seconds from now [default: never]
    #[arg(long, value_name = "SECONDS", conflicts_with = "expires_at")]
    pub expires_in: Option<i64>,
    /// It ends at this time, in Unix seconds
    #[arg(long, value_name = "TIME")]
    pub expires_at: Option<i64>,
    /// Type of its sessions, whatever is asked for
    #[arg(long, value_enum)]
    pub session_type: Option<SessionType>,
    /// User of its sessions, whoever is asked for
    #[arg(long, value_name = "TEXT")]
    pub session_user_id: Option<String>,
    /// How long its sessions live at most
    #[arg(long, value_name = "SECONDS")]
    pub session_duration: Option<i64>,
    /// Privileges of its sessions, name:value/value,name,...
    #[arg(long, value_name = "LIST")]
    pub session_privileges: Option<String>,
    /// What to write beside it
    #[arg(long, value_name = "TEXT")]
    pub description: Option<String>,
}

#[derive(Clone, Copy, PartialEq, ValueEnum)]
pub enum Color {
    Auto,
    Always,
    Never,
}

#[derive(Clone, Copy, ValueEnum)]
pub enum SessionType {
    User,
    Admin,
}

#[derive(Clone, Copy, ValueEnum)]
pub enum HashType {
    Md5,
    Sha1,
    Sha256,
    Sha512,
}

#[derive(Clone, Copy, ValueEnum)]
pub enum AppTokenStatus {
    Active,
    Disabled,
}

impl From<SessionType> for kaltura_session::SessionType {
    fn from(session_type: SessionType) -> Self {
        match session_type {
            SessionType::User => kaltura_session::SessionType::User,
            SessionType::Admin => kaltura_session::SessionType::Admin,
        }
    }
}

impl From<HashType> for kaltura_session::HashType {
    fn from(hash_type: HashType) -> Self {
        match hash_type {
            HashType::Md5 => kaltura_session::HashType::Md5,
            HashType::Sha1 => kaltura_session::HashType::Sha1,
            HashType::Sha256 => kaltura_session::HashType::Sha256,
            HashType::Sha512 => kaltura_session::HashType::Sha512,
        }
    }
}
