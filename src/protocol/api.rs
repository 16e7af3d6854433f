//! Kaltura's own errors: what each code means to the flow.

use crate::error::ApiError;
use crate::protocol::ks;
use crate::status::{KsReason, Status, Step};

/// The status of an API exception. Source of the codes: `KalturaErrors`, `APIErrors`.
pub(crate) fn status(code: &str) -> Status {
    match code {
        "INVALID_WIDGET_ID" => Status::UnknownPartner,
        "SERVICE_FORBIDDEN_CONTENT_BLOCKED" => Status::PartnerBlocked,
        "APP_TOKEN_ID_NOT_FOUND" => Status::AppTokenNotFound,
        "APP_TOKEN_NOT_ACTIVE" => Status::AppTokenNotActive,
        "APP_TOKEN_EXPIRED" => Status::AppTokenExpired,
        "INVALID_APP_TOKEN_HASH" => Status::AppTokenMismatch,
        "INVALID_KS" => Status::InvalidKs,
        "SERVICE_FORBIDDEN"
        | "SERVICE_ACCESS_CONTROL_RESTRICTED"
        | "USER_BLOCKED"
        | "ACCESS_UNAUTHORIZED"
        | "PARTNER_ACCESS_FORBIDDEN" => Status::Forbidden,
        // The rate limit comes inside an ordinary reply. Source: `KalturaDispatcher::dispatch`.
        "ACTION_BLOCKED" => Status::RateLimited,
        // The first is the server's own spelling.
        "INTERNAL_SERVERL_ERROR" | "INTERNAL_SERVER_ERROR" | "INTERNAL_DATABASE_ERROR" => Status::ServerFailure,
        _ => Status::Api,
    }
}

/// Whether the server may hand out its stored answer for two minutes to whoever asks without `nocache`.
pub(crate) fn is_cached_failure(status: Status, code: &str) -> bool {
    status == Status::ServerFailure || (status == Status::RateLimited && code == "ACTION_BLOCKED")
}

/// Why a KS was refused. Every cause has the code INVALID_KS; the argument KSID tells them apart, and holds the KS
/// itself if the server could not read it. Source: `KalturaFrontController::handleKsException`.
pub(crate) fn ks_reason(error: &ApiError, sent_ks: Option<&str>) -> KsReason {
    let Some((_, ksid)) = error.args.iter().find(|(name, _)| name == "KSID") else {
        return KsReason::Other;
    };
    match ksid.as_str() {
        "EXPIRED" => KsReason::Expired,
        "LOGOUT" => KsReason::Logout,
        "EXCEEDED_ACTIONS_LIMIT" => KsReason::ActionsLimit,
        "EXCEEDED_RESTRICTED_IP" => KsReason::Ip,
        "EXCEEDED_RESTRICTED_URI" => KsReason::Uri,
        ksid if Some(ksid) == sent_ks || !is_reason_word(ksid) => KsReason::Unreadable,
        _ => KsReason::Other,
    }
}

/// Whether a session's own partner shows in a KS other than `partner_id`'s.
pub(crate) fn is_foreign(ks: &str, partner_id: i64) -> bool {
    ks::shown(ks).is_none_or(|(_, partner)| partner != partner_id)
}

fn is_reason_word(ksid: &str) -> bool {
    ksid == "?"
        || ((3..=40).contains(&ksid.len()) && ksid.bytes().all(|byte| byte.is_ascii_uppercase() || byte == b'_'))
}

/// What went wrong at a step, in the server's words but one line.
pub(crate) fn message(step: Step, error: &ApiError) -> String {
    let action = match step {
        Step::WidgetSession => "session.startWidgetSession",
        Step::EndSession => "session.end",
        Step::StartSession | Step::TokenHash | Step::None => "appToken.startSession",
    };
    format!("{action} was refused: {} ({})", error.code, error.message.trim())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn invalid_ks(ksid: &str) -> ApiError {
        let args = vec![("ERR_CODE".into(), "-1".into()), ("KSID".into(), ksid.into())];
        ApiError { code: "INVALID_KS".into(), message: String::new(), args }
    }

    #[test]
    fn the_reason_of_a_refused_ks_is_read_from_its_argument() {
        for (ksid, reason) in [
            ("EXPIRED", KsReason::Expired),
            ("LOGOUT", KsReason::Logout),
            ("EXCEEDED_ACTIONS_LIMIT", KsReason::ActionsLimit),
            ("EXCEEDED_RESTRICTED_IP", KsReason::Ip),
            ("EXCEEDED_RESTRICTED_URI", KsReason::Uri),
            ("INVALID_PARTNER", KsReason::Other),
            ("?", KsReason::Other),
            ("SENT_AS_IT_IS", KsReason::Unreadable),
            ("abc", KsReason::Unreadable),
            ("djJ8MTAxfA==", KsReason::Unreadable),
            ("", KsReason::Unreadable),
        ] {
            assert_eq!(ks_reason(&invalid_ks(ksid), Some("SENT_AS_IT_IS")), reason, "{ksid}");
        }
    }
}
