//! What to do about each failure, in plain words. One home for every hint.

use crate::status::{KsReason, Status, Step};

pub(crate) const SWAPPED: &str =
    "The app token id and the app token look swapped. The id has the form 0_ab12cd34, the token is 32 hex digits.";
pub(crate) const BLANK: &str = "The value begins or ends with white space, perhaps the newline of a file. Remove it.";
pub(crate) const BLANK_INSIDE: &str = "The value holds white space or a control character. Copy it again.";
pub(crate) const PARTNER_ID: &str =
    "The partner id is the account's number, 1 or more; the KMC shows it under Settings, Integration.";
pub(crate) const APP_TOKEN_ID: &str = "Give the id that appToken.add returned, for instance 0_ab12cd34.";
pub(crate) const APP_TOKEN: &str =
    "Give the app token, or a token hash callback that keeps it elsewhere; one of the two, not both.";
pub(crate) const CHARACTERS: &str =
    "The server takes no control characters but tab and line break, nor U+FFFE and U+FFFF. Remove them.";
pub(crate) const SESSION_TYPE: &str = "Use KALTURA_SESSION_TYPE_USER or KALTURA_SESSION_TYPE_ADMIN, or leave it unset.";
pub(crate) const HASH_TYPE: &str = "Use one of the KALTURA_HASH_TYPE constants; AUTO finds the right one.";
pub(crate) const EXPIRY: &str = "Give a life in seconds from now, not a point in time; 0 for the app token's own.";
pub(crate) const WIDGET_ID: &str = "Leave the widget id out, or give an id such as _101 or 0_ab12cd34.";
pub(crate) const SERVICE_URL: &str = "Give the base address only, for instance https://www.kaltura.com. No query, and https unless it is a local test server.";
pub(crate) const CLIENT_TAG: &str = "Give a short name of the app, at most 256 bytes without control characters.";
pub(crate) const TIMEOUT_OPTION: &str = "Give a time of at least one millisecond, or leave the default.";
pub(crate) const MAX_ATTEMPTS: &str = "Give at least one attempt, or leave the default.";
pub(crate) const UTF8: &str = "The value is not UTF-8. Convert it before the call.";
pub(crate) const NULL: &str = "The value must not be NULL.";
pub(crate) const CALLBACK: &str = "Give a function, not NULL.";
pub(crate) const END_FLAGS: &str =
    "Pass KALTURA_END_ALL_SESSIONS_OF_APP_TOKEN if that is meant; to log a user out, invalidate the session instead.";
pub(crate) const LOG_LEVEL: &str = "Use one of the KALTURA_LOG_LEVEL constants.";
#[cfg(feature = "http")]
pub(crate) const PROXY_URL: &str =
    "Give http://[user:password@]host[:port], \"\" for no proxy at all, or NULL for the environment's.";
#[cfg(feature = "http")]
pub(crate) const TRUST: &str =
    "Use one of the KALTURA_TRUST constants; CUSTOM_ONLY needs a certificate from add_ca_pem.";
#[cfg(feature = "http")]
pub(crate) const CA_PEM: &str = "Give the text of a PEM file with at least one certificate, not its path.";
#[cfg(feature = "http")]
pub(crate) const PIN: &str = "Give the base64 of the SHA-256 of a public key (SubjectPublicKeyInfo), 44 characters.";
#[cfg(all(feature = "http", target_os = "android"))]
pub(crate) const ANDROID: &str =
    "Pass the JNIEnv of this thread and the app's Context, not an Activity that has gone, to kaltura_android_init.";
#[cfg(not(feature = "http"))]
pub(crate) const TRANSPORT: &str = "Carry the requests yourself: call set_transport, or use a flow.";
#[cfg(feature = "ks-tools")]
pub(crate) const PRIVILEGE: &str = "Nothing can be escaped: no comma and no control character anywhere, no colon in a name, no blanks around. Add several values one by one.";
#[cfg(feature = "ks-tools")]
pub(crate) const ADMIN_SECRET: &str = "Give the account's admin secret, 32 hex digits; the KMC shows it under Settings, Integration. The user secret signs nothing.";
#[cfg(feature = "ks-tools")]
pub(crate) const KS_LIFE: &str = "Give a life in seconds from now, 1 or more, not a point in time.";
#[cfg(feature = "ks-tools")]
pub(crate) const KS_VERSION: &str = "Use 2, which every account since 2012 has, or 1.";
#[cfg(feature = "ks-tools")]
pub(crate) const KS_FIELDS: &str = "Version 1 escapes nothing, so no semicolon may be in user id or privileges. Version 2 keeps no dot, blank, bracket or leading underscore in the name of a privilege.";
#[cfg(feature = "admin")]
pub(crate) const GIVEN_KS: &str = "Give the KS as the server or kaltura_ks_sign() gave it, without anything around it.";
#[cfg(feature = "admin")]
pub(crate) const KS_UNREADABLE: &str = "The server cannot read the KS: it was signed with another secret, for another account, or for another server; or it was damaged.";
#[cfg(feature = "admin")]
pub(crate) const KS_EXPIRED: &str =
    "The KS has expired. Make a new one; if it was signed here, look at this machine's clock.";
#[cfg(feature = "admin")]
pub(crate) const KS_ENDED: &str = "The KS was ended, or the app token that it came from was deleted.";
#[cfg(feature = "admin")]
pub(crate) const KS_RESTRICTED: &str =
    "The KS does not allow this call; its privileges limit addresses, URIs or the number of actions.";
#[cfg(feature = "admin")]
pub(crate) const ADMIN_ONLY: &str = "App tokens are for administrators: use a KS of type admin that no role restricts.";
#[cfg(feature = "admin")]
pub(crate) const TOKEN_EXPIRY: &str = "For a token that never ends, set no expiry: 0 would mean now. The server counts numbers up to ten years, 315360000 seconds, from now on, and larger ones as Unix seconds.";
#[cfg(feature = "admin")]
pub(crate) const TOKEN_DURATION: &str = "Set the seconds that its sessions shall live, or nothing for as long as the account allows; 0 means no life at all.";
#[cfg(feature = "admin")]
pub(crate) const TOKEN_CREATED: &str = "Give Unix seconds, not a time from now on.";
#[cfg(feature = "admin")]
pub(crate) const TOKEN_STATUS: &str = "Use KALTURA_APP_TOKEN_STATUS_DISABLED or KALTURA_APP_TOKEN_STATUS_ACTIVE.";
#[cfg(feature = "admin")]
pub(crate) const PAGE: &str = "Ask for pages of 1 to 100 tokens, counted from 1; fewer if their descriptions are long.";
pub(crate) const WRONG_STATE: &str =
    "The handle is NULL, or this call does not fit what it waits for. See its description in the header.";
pub(crate) const CANCELLED: &str = "The call was cancelled by its own cancellation; nothing is wrong.";
pub(crate) const RESOURCES: &str =
    "The process has no thread, descriptor or memory left. Close what is not needed, then try again.";
pub(crate) const PANIC: &str = "This is a bug in kaltura-session. Please report it with what led to it.";

pub(crate) const FOREIGN_WIDGET: &str =
    "This widget belongs to another account. Leave the widget id out or use one of this partner.";
pub(crate) const SEMICOLON: &str = "This account signs old (version 1) sessions, where a semicolon in a user id or privilege changes what is signed. Refuse such names, or have the account moved to version 2.";
pub(crate) const CALLBACK_FAILED: &str = "Your own callback gave no usable token hash. It must return the lower-case hex digest of the widget KS followed by the token.";

pub(crate) const BAD_REPLY_HTML: &str =
    "A web page answered instead of the API, often a sign-in page of the network or a firewall.";
pub(crate) const BAD_REPLY_XML: &str =
    "The server did not see the JSON body. Send Content-Type: application/json without a charset.";
pub(crate) const BAD_REPLY: &str =
    "The answer is no Kaltura session. Check the service URL, and anything between you and it.";
pub(crate) const NOT_FOUND: &str = "There is no Kaltura API at this address. Check the service URL.";
pub(crate) const SERVER_DOWN: &str = "The server or something in front of it is down. Try again later.";
pub(crate) const HTTP_STATUS: &str =
    "Something in front of the API refused the request. Check the service URL, and any proxy or firewall on the way.";
pub(crate) const HTTPS_ONLY: &str = "This account accepts https only. Use an https service URL.";
pub(crate) const OWN_WIDGET: &str =
    "Sessions of this widget may not start app token sessions. Leave the widget id out.";
pub(crate) const OTT: &str =
    "This is Kaltura's OTT back end; the library talks to the video platform. Check the service URL.";
pub(crate) const PARAMETER_LOST: &str =
    "Part of the request got lost on its way. Look for a proxy that changes requests.";
pub(crate) const API: &str = "The server refused for a reason of its own; its code and message say which.";
pub(crate) const MISMATCH_AUTO: &str = "No hash type fits, so the token value itself is wrong for this id. Copy it again; the server may repeat this answer for two minutes.";
pub(crate) const MISMATCH_NAMED: &str =
    "The token or the hash type is wrong. Try KALTURA_HASH_TYPE_AUTO to learn which.";
pub(crate) const MISMATCH_HOST: &str =
    "The hash does not belong to this widget KS. Hash exactly the KS that was handed over, then the token.";
/// Appended to a mismatch hint.
pub(crate) const ODD_TOKEN: &str = " The token is not 32 lower-case hex digits, which real ones are.";

/// The hint where status, step and reason say enough.
pub(crate) fn of(status: Status, step: Step, reason: KsReason) -> &'static str {
    match status {
        Status::Ok => "",
        Status::InvalidArgument => "A value is outside its range; see its description in the header.",
        Status::WrongState => WRONG_STATE,
        Status::Cancelled => CANCELLED,
        Status::CallbackFailed => CALLBACK_FAILED,
        Status::ShutDown => "The provider was shut down. Make a new one.",
        Status::Superseded => "The user was changed while this call waited. Load again for the new user.",
        Status::AfterFork => "A provider does not survive fork(). Make a new one in the child.",
        Status::Dns => "The host name could not be resolved. Check the service URL and the network.",
        Status::Connect | Status::ConnectionLost => {
            "The server could not be reached or hung up. Check the network, then try again."
        }
        Status::Certificate => {
            "The server's certificate is not trusted. Add your own authority with add_ca_pem, or check the device's date and whether a sign-in page is in the way."
        }
        Status::Tls => "The secure connection failed. A proxy or an old server may be the cause.",
        Status::Proxy => "The proxy refused. Check its address and credentials.",
        Status::Timeout => "No answer in time. Try again, or raise the total timeout on slow networks.",
        Status::HttpStatus => HTTP_STATUS,
        Status::Redirect => {
            "The server wants another address. Put that host in the service URL; redirects are not followed, since they would carry the session elsewhere."
        }
        Status::ReplyTooLarge | Status::BadReply => BAD_REPLY,
        Status::UnknownPartner => {
            "This server knows no such partner or widget. Check the partner id, and that the service URL is of the right region."
        }
        Status::PartnerBlocked => "Kaltura has blocked this account. Only the account's owner can have it opened.",
        Status::AppTokenNotFound => {
            "The app token id does not exist for this partner on this server, or it was deleted. Check id, partner id and region."
        }
        Status::AppTokenNotActive => {
            "The app token is disabled, and no call of the API enables it. Make a new one, or ask Kaltura's support to; the server may repeat this answer for two minutes."
        }
        Status::AppTokenExpired => "The app token has expired. Set a later expiry or make a new one.",
        Status::AppTokenMismatch => MISMATCH_NAMED,
        Status::InvalidKs if step == Step::WidgetSession => {
            "Something between you and the server adds a KS to the request. Look at the service URL and at proxies."
        }
        Status::InvalidKs if reason == KsReason::Logout => {
            "The sessions of this app token were ended. Wait, or make a new app token."
        }
        Status::InvalidKs => {
            "The server refuses even a fresh widget session. Its clock, or the widget's own restrictions, may be wrong."
        }
        Status::Forbidden => {
            "The account's access control, a country rule or a missing permission refuses this client. Ask the account's administrator."
        }
        Status::RateLimited => {
            "Too many sessions were asked for from this address or token. Wait at least ten seconds, keep and reuse sessions, and name the hash type."
        }
        Status::ServerFailure => {
            "The server failed inside. Try again; if it stays, give X-Kaltura-Session and X-Me to Kaltura's support."
        }
        Status::DeadSession => {
            "The server gave a session that has already expired. Check the app token's sessionDuration and expiry."
        }
        Status::Api => API,
        Status::Resources => RESOURCES,
        Status::Panic => PANIC,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_failure_has_a_hint_that_is_a_sentence() {
        for &(status, name) in Status::ALL.iter().filter(|(status, _)| *status != Status::Ok) {
            for step in [Step::WidgetSession, Step::StartSession] {
                let hint = of(status, step, KsReason::None);
                assert!(hint.ends_with('.') && hint.starts_with(char::is_uppercase), "{name}: {hint}");
            }
        }
    }
}
