//! What can go wrong, in numbers that never change. The enums of this file are printed into the header as they stand,
//! so their comments speak to a C programmer.

/// What became of a call.
///
/// The numbers are stable and never reused; new ones may appear, so keep a default branch. Grouped by whose turn it
/// is, see kaltura_error_category(). docs/statuses.md lists each with its cause and what to do.
#[repr(i32)]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Status {
    /// The call succeeded.
    Ok = 0,

    /// A value is outside its range; kaltura_error_option() names it.
    InvalidArgument = 1,
    /// The handle is NULL or in a state in which this call means nothing.
    WrongState = 2,
    /// The caller's own cancellation, nothing else.
    Cancelled = 3,
    /// A callback of the host's gave no usable answer.
    CallbackFailed = 4,
    /// The provider was shut down.
    ShutDown = 5,
    /// The user was switched while this call waited.
    Superseded = 6,
    /// The handle was made before fork() and is used in the child.
    AfterFork = 7,

    /// The host name was not found.
    Dns = 20,
    /// No connection could be made.
    Connect = 21,
    /// The server's certificate is not trusted.
    Certificate = 22,
    /// The secure connection failed for another reason.
    Tls = 23,
    /// The proxy refused.
    Proxy = 24,
    /// The connection broke before the whole reply had come.
    ConnectionLost = 25,
    /// No answer came in time.
    Timeout = 26,

    /// An HTTP status that is not a success, and no error of Kaltura's inside.
    HttpStatus = 40,
    /// The server wants another address; redirects are not followed.
    Redirect = 41,
    /// The reply is longer than 64 KiB.
    ReplyTooLarge = 42,
    /// The reply is not what the protocol allows.
    BadReply = 43,

    /// The server knows no such partner or widget: INVALID_WIDGET_ID.
    UnknownPartner = 60,
    /// Kaltura has blocked the account: SERVICE_FORBIDDEN_CONTENT_BLOCKED.
    PartnerBlocked = 61,
    /// The app token is unknown, deleted, or of another partner: APP_TOKEN_ID_NOT_FOUND.
    AppTokenNotFound = 62,
    /// The app token is disabled: APP_TOKEN_NOT_ACTIVE.
    AppTokenNotActive = 63,
    /// The app token has expired: APP_TOKEN_EXPIRED.
    AppTokenExpired = 64,
    /// The token is wrong, or its hash type if one was named: INVALID_APP_TOKEN_HASH.
    AppTokenMismatch = 65,
    /// The server refused a KS: INVALID_KS; see kaltura_error_ks_reason().
    InvalidKs = 66,
    /// Access control refuses: SERVICE_FORBIDDEN and its kin.
    Forbidden = 67,
    /// Too many requests: ACTION_BLOCKED, or HTTP 429.
    RateLimited = 68,
    /// The server failed inside: INTERNAL_SERVERL_ERROR and its kin.
    ServerFailure = 69,
    /// The KS had expired when it was given.
    DeadSession = 70,
    /// Any other error of the server's; see kaltura_error_api_code().
    Api = 79,

    /// No thread, descriptor or memory was to be had.
    Resources = 90,
    /// A bug in this library.
    Panic = 99,
}

/// Whose turn it is after a failure.
#[repr(i32)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Category {
    /// Nobody's: no failure.
    None = 0,
    /// The caller's: change the call.
    Caller = 1,
    /// The network's: try again, elsewhere or later.
    Network = 2,
    /// Whatever answered is not, or not now, a Kaltura server.
    Reply = 3,
    /// The Kaltura account's: the server understood and refused.
    Server = 4,
    /// This library's or the process's own.
    Library = 5,
}

/// Where in the flow something happened.
#[repr(i32)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// Before the first request.
    None = 0,
    /// session.startWidgetSession.
    WidgetSession = 1,
    /// Computing the token hash.
    TokenHash = 2,
    /// appToken.startSession.
    StartSession = 3,
    /// session.end.
    EndSession = 4,
}

/// Why the server refused a KS; from the argument KSID of INVALID_KS.
#[repr(i32)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KsReason {
    /// No KS was refused.
    None = 0,
    /// The server could not read it: damaged, of another server, or signed with another secret.
    Unreadable = 1,
    /// It has expired.
    Expired = 2,
    /// It, or its app token's sessions, were ended.
    Logout = 3,
    /// Its privilege actionslimit is used up.
    ActionsLimit = 4,
    /// Its privilege iprestrict names another address.
    Ip = 5,
    /// Its privilege urirestrict names another URI.
    Uri = 6,
    /// A reason that this version does not know.
    Other = 7,
}

impl Status {
    /// Every status with its name in C.
    pub const ALL: &'static [(Status, &'static str)] = &[
        (Status::Ok, "KALTURA_STATUS_OK"),
        (Status::InvalidArgument, "KALTURA_STATUS_INVALID_ARGUMENT"),
        (Status::WrongState, "KALTURA_STATUS_WRONG_STATE"),
        (Status::Cancelled, "KALTURA_STATUS_CANCELLED"),
        (Status::CallbackFailed, "KALTURA_STATUS_CALLBACK_FAILED"),
        (Status::ShutDown, "KALTURA_STATUS_SHUT_DOWN"),
        (Status::Superseded, "KALTURA_STATUS_SUPERSEDED"),
        (Status::AfterFork, "KALTURA_STATUS_AFTER_FORK"),
        (Status::Dns, "KALTURA_STATUS_DNS"),
        (Status::Connect, "KALTURA_STATUS_CONNECT"),
        (Status::Certificate, "KALTURA_STATUS_CERTIFICATE"),
        (Status::Tls, "KALTURA_STATUS_TLS"),
        (Status::Proxy, "KALTURA_STATUS_PROXY"),
        (Status::ConnectionLost, "KALTURA_STATUS_CONNECTION_LOST"),
        (Status::Timeout, "KALTURA_STATUS_TIMEOUT"),
        (Status::HttpStatus, "KALTURA_STATUS_HTTP_STATUS"),
        (Status::Redirect, "KALTURA_STATUS_REDIRECT"),
        (Status::ReplyTooLarge, "KALTURA_STATUS_REPLY_TOO_LARGE"),
        (Status::BadReply, "KALTURA_STATUS_BAD_REPLY"),
        (Status::UnknownPartner, "KALTURA_STATUS_UNKNOWN_PARTNER"),
        (Status::PartnerBlocked, "KALTURA_STATUS_PARTNER_BLOCKED"),
        (Status::AppTokenNotFound, "KALTURA_STATUS_APP_TOKEN_NOT_FOUND"),
        (Status::AppTokenNotActive, "KALTURA_STATUS_APP_TOKEN_NOT_ACTIVE"),
        (Status::AppTokenExpired, "KALTURA_STATUS_APP_TOKEN_EXPIRED"),
        (Status::AppTokenMismatch, "KALTURA_STATUS_APP_TOKEN_MISMATCH"),
        (Status::InvalidKs, "KALTURA_STATUS_INVALID_KS"),
        (Status::Forbidden, "KALTURA_STATUS_FORBIDDEN"),
        (Status::RateLimited, "KALTURA_STATUS_RATE_LIMITED"),
        (Status::ServerFailure, "KALTURA_STATUS_SERVER_FAILURE"),
        (Status::DeadSession, "KALTURA_STATUS_DEAD_SESSION"),
        (Status::Api, "KALTURA_STATUS_API"),
        (Status::Resources, "KALTURA_STATUS_RESOURCES"),
        (Status::Panic, "KALTURA_STATUS_PANIC"),
    ];

    /// The status with this number, if there is one.
    pub fn from_number(number: i32) -> Option<Status> {
        Status::ALL.iter().map(|&(status, _)| status).find(|&status| status as i32 == number)
    }

    /// Its name in C.
    pub fn name(self) -> &'static str {
        Status::ALL.iter().find(|&&(status, _)| status == self).map_or("KALTURA_STATUS_PANIC", |&(_, name)| name)
    }

    /// Whose turn it is.
    pub fn category(self) -> Category {
        use Status::*;
        match self {
            Ok => Category::None,
            InvalidArgument | WrongState | Cancelled | CallbackFailed | ShutDown | Superseded | AfterFork => {
                Category::Caller
            }
            Dns | Connect | Certificate | Tls | Proxy | ConnectionLost | Timeout => Category::Network,
            HttpStatus | Redirect | ReplyTooLarge | BadReply => Category::Reply,
            UnknownPartner | PartnerBlocked | AppTokenNotFound | AppTokenNotActive | AppTokenExpired
            | AppTokenMismatch | InvalidKs | Forbidden | RateLimited | ServerFailure | DeadSession | Api => {
                Category::Server
            }
            Resources | Panic => Category::Library,
        }
    }

    /// Whether the same call may succeed later with nothing changed. Where the answer depends on more than the
    /// status, as for a bad reply, [`Error::is_retryable`](crate::Error::is_retryable) knows better.
    pub(crate) fn is_retryable(self) -> bool {
        use Status::*;
        match self {
            Dns | Connect | Tls | ConnectionLost | Timeout => true,
            RateLimited | ServerFailure | CallbackFailed | Superseded | Resources => true,
            Ok | InvalidArgument | WrongState | Cancelled | ShutDown | AfterFork | Certificate | Proxy | HttpStatus
            | Redirect | ReplyTooLarge | BadReply | UnknownPartner | PartnerBlocked | AppTokenNotFound
            | AppTokenNotActive | AppTokenExpired | AppTokenMismatch | InvalidKs | Forbidden | DeadSession | Api
            | Panic => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_status_has_a_name_and_a_number_of_its_own() {
        for &(status, name) in Status::ALL {
            assert_eq!(Status::from_number(status as i32), Some(status));
            assert_eq!(status.name(), name);
            assert_eq!(Status::ALL.iter().filter(|(_, other)| *other == name).count(), 1, "{name}");
        }
        assert_eq!(Status::from_number(8), None);
    }

    #[test]
    fn a_name_is_the_variant_in_capitals() {
        for &(status, name) in Status::ALL {
            let words: String = format!("{status:?}")
                .chars()
                .flat_map(|c| if c.is_uppercase() { vec!['_', c] } else { vec![c.to_ascii_uppercase()] })
                .collect();
            assert_eq!(name, format!("KALTURA_STATUS{words}"));
        }
    }
}
