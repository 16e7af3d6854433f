//! The errors that the API answers with: code, message and arguments, exactly as the server words them.
//!
//! Sources: `KalturaErrors`, `APIErrors`, `KalturaAPIException`.

use crate::json;
use crate::php;
use crate::value::Value;

/// An error answer. Its HTTP status is 200, like that of every answer of the API.
#[derive(Clone, Debug)]
pub struct ApiError {
    /// As `INVALID_KS`.
    pub code: String,
    message: String,
    args: Vec<(String, Value)>,
    /// More headers for this answer.
    pub headers: Vec<(&'static str, String)>,
}

impl ApiError {
    /// An error after its template: `@NAME@` in the message stands for the argument of that name.
    ///
    /// Arguments lose everything that looks like markup. Source: `KalturaSerializer::prepareSerializedObject`.
    pub fn new(code: &str, template: &str, args: &[(&str, Value)]) -> ApiError {
        let mut message = template.to_owned();
        let mut shown = Vec::new();
        for (name, value) in args {
            message = message.replace(&format!("@{name}@"), &value.to_text());
            let value = match value {
                Value::Broken(_) => value.clone(),
                _ => Value::Text(php::strip_tags(&value.to_text())),
            };
            shown.push(((*name).to_owned(), value));
        }
        ApiError { code: code.to_owned(), message: php::strip_tags(&message), args: shown, headers: Vec::new() }
    }

    /// The JSON; none if an argument is not UTF-8. Arguments are an object, or an empty list.
    pub fn body(&self) -> Option<String> {
        json::encode(&Value::Array(vec![
            ("code".into(), Value::from(self.code.as_str())),
            ("message".into(), Value::from(self.message.as_str())),
            ("objectType".into(), Value::from("KalturaAPIException")),
            ("args".into(), Value::Array(self.args.clone())),
        ]))
    }
}

pub fn service_not_specified() -> ApiError {
    ApiError::new("SERVICE_NOT_SPECIFIED", "Service name was not specified, please specify one", &[])
}

pub fn service_does_not_exist(service: &str) -> ApiError {
    ApiError::new("SERVICE_DOES_NOT_EXISTS", "Service \"@SRV_NAME@\" does not exists", &[("SRV_NAME", service.into())])
}

pub fn action_not_specified() -> ApiError {
    ApiError::new("ACTION_NOT_SPECIFIED", "Action name was not specified, please specify one", &[])
}

pub fn action_does_not_exist(action: &str, service: &str) -> ApiError {
    ApiError::new(
        "ACTION_DOES_NOT_EXISTS",
        "Action \"@ACTION_NAME@\" does not exists for service \"@SERVICE_NAME@\"",
        &[("ACTION_NAME", action.into()), ("SERVICE_NAME", service.into())],
    )
}

/// The rate limit was reached; names in lower case.
pub fn action_blocked(action: &str, service: &str) -> ApiError {
    ApiError::new(
        "ACTION_BLOCKED",
        "Action \"@ACTION_NAME@\" in service \"@SERVICE_NAME@\" is blocked",
        &[("ACTION_NAME", action.into()), ("SERVICE_NAME", service.into())],
    )
}

pub fn missing_parameter(name: &str) -> ApiError {
    ApiError::new("MISSING_MANDATORY_PARAMETER", "Missing parameter \"@PARAM_NAME@\"", &[("PARAM_NAME", name.into())])
}

pub fn invalid_char(name: &str) -> ApiError {
    ApiError::new("INVALID_PARAMETER_CHAR", "Invalid char in \"@XML_FIELD@\" field", &[("XML_FIELD", name.into())])
}

pub fn invalid_enum_value(value: &Value, name: &str, kind: &str) -> ApiError {
    ApiError::new(
        "INVALID_ENUM_VALUE",
        "Invalid enumeration value \"@ENUM_VAL@\" for parameter \"@PARAM_NAME@\", expecting enumeration type \"@ENUM_TYPE@\"",
        &[("ENUM_VAL", value.clone()), ("PARAM_NAME", name.into()), ("ENUM_TYPE", kind.into())],
    )
}

/// `reason` is the KS itself if it could not be read, else a word such as `EXPIRED`.
pub fn invalid_ks(reason: Value) -> ApiError {
    ApiError::new(
        "INVALID_KS",
        "Invalid KS \"@KSID@\", Error \"@ERR_CODE@,@ERR_DESC@\"",
        &[("KSID", reason), ("ERR_CODE", "-1".into()), ("ERR_DESC", "INVALID_STR".into())],
    )
}

pub fn missing_ks() -> ApiError {
    ApiError::new("MISSING_KS", "Missing KS, session not established", &[])
}

/// `action` in the declared spelling, as `appToken->startSession`. Two headers repeat the error.
pub fn service_forbidden(action: &str) -> ApiError {
    let template = "The access to service [@SERVICE@] is forbidden";
    let mut error = ApiError::new("SERVICE_FORBIDDEN", template, &[("SERVICE", action.into())]);
    let text = format!("exiting on error {} - {}", error.code, template.replace("@SERVICE@", action));
    error.headers = vec![("X-Kaltura", format!("error-{}", error.code)), ("X-Kaltura-App", text)];
    error
}

pub fn partner_blocked() -> ApiError {
    let message = "The access to this service is forbidden since the specified partner is blocked";
    ApiError::new("SERVICE_FORBIDDEN_CONTENT_BLOCKED", message, &[])
}

pub fn access_control(action: &str) -> ApiError {
    let template = "The access to service [@SERVICE@] is forbidden due to access control restriction";
    ApiError::new("SERVICE_ACCESS_CONTROL_RESTRICTED", template, &[("SERVICE", action.into())])
}

pub fn user_blocked() -> ApiError {
    ApiError::new("USER_BLOCKED", "this user is blocked", &[])
}

pub fn partner_access_forbidden(accessing: Value, accessed: Value) -> ApiError {
    let template = "Partner [@ACCESSING_PID@] cannot access partner [@ACCESSED_PID@]";
    ApiError::new("PARTNER_ACCESS_FORBIDDEN", template, &[("ACCESSING_PID", accessing), ("ACCESSED_PID", accessed)])
}

pub fn invalid_actions_limit() -> ApiError {
    ApiError::new("INVALID_ACTIONS_LIMIT", "Invalid actions limit", &[])
}

pub fn invalid_set_role() -> ApiError {
    ApiError::new("INVALID_SET_ROLE", "Invalid set role id", &[])
}

pub fn unknown_role_id() -> ApiError {
    ApiError::new("UNKNOWN_ROLE_ID", "Unknown role id", &[])
}

/// A KS whose partner or role is unknown; the id is not told.
pub fn invalid_object_id() -> ApiError {
    ApiError::new("INVALID_OBJECT_ID", "Invalid object id [@ID@]", &[("ID", "N/A".into())])
}

pub fn start_session_error(partner_id: i64) -> ApiError {
    let template = "Error while starting session for partner [@PID@]";
    ApiError::new("START_SESSION_ERROR", template, &[("PID", partner_id.into())])
}

pub fn internal_error() -> ApiError {
    ApiError::new("INTERNAL_SERVERL_ERROR", "Internal server error occurred", &[])
}

pub fn invalid_widget_id(id: Value) -> ApiError {
    ApiError::new("INVALID_WIDGET_ID", "Unknown widget [@WIDGET_ID@]", &[("WIDGET_ID", id)])
}

pub fn app_token_not_found(id: Value) -> ApiError {
    ApiError::new("APP_TOKEN_ID_NOT_FOUND", "Application token id \"@ID@\" not found", &[("ID", id)])
}

pub fn app_token_not_active(id: Value) -> ApiError {
    ApiError::new("APP_TOKEN_NOT_ACTIVE", "Application token id \"@ID@\" not active", &[("ID", id)])
}

pub fn app_token_expired(id: Value) -> ApiError {
    ApiError::new("APP_TOKEN_EXPIRED", "Application token id \"@ID@\" expired", &[("ID", id)])
}

pub fn invalid_app_token_hash() -> ApiError {
    ApiError::new("INVALID_APP_TOKEN_HASH", "Invalid application token hash", &[])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arguments_lose_their_markup_and_messages_too() {
        let body = app_token_not_found("a<b>c".into()).body().unwrap();
        assert_eq!(
            body,
            r#"{"code":"APP_TOKEN_ID_NOT_FOUND","message":"Application token id \"ac\" not found","objectType":"KalturaAPIException","args":{"ID":"ac"}}"#
        );
    }

    #[test]
    fn no_arguments_are_an_empty_list() {
        assert!(invalid_app_token_hash().body().unwrap().ends_with(r#""args":[]}"#));
    }

    #[test]
    fn the_action_is_spelled_out_in_a_header_too() {
        let error = service_forbidden("appToken->startSession");
        assert!(error.headers.iter().any(|(_, text)| text.ends_with("[appToken->startSession] is forbidden")));
    }
}
