//! Actions without a server: what is sent, and what becomes of what comes back.

use serde_json::Value as Json;

use super::*;
use crate::exchange::{Failure, MAX_REPLY_BYTES, Reply, Request};
use crate::flow;
use crate::status::{KsReason, Status};
use crate::transport::TransportCallback;

const KS: &str = "djJ8MTAxfAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";
const SECRET: &str = "a1b2c3d4e5f60718293a4b5c6d7e8f90";
const TOKEN: &str =
    r#"{"id":"0_a","token":"00112233445566778899aabbccddeeff","status":2,"objectType":"KalturaAppToken"}"#;

fn options() -> Options {
    let mut options = Options::new(101, "", None);
    options.set_service_url(Some("https://kaltura.example"));
    options
}

fn admin() -> Admin {
    Admin::with_ks(&options(), KS).unwrap()
}

/// Over a host's transport that gives every request this answer.
fn answered_with(http_status: u16, body: &str) -> Admin {
    let body = body.to_owned();
    let mut options = options();
    options.set_transport(TransportCallback::new(move |exchange| exchange.reply(http_status, body.as_bytes())));
    Admin::with_ks(&options, KS).unwrap()
}

fn reply(body: &str) -> Reply {
    Reply { http_status: 200, body: body.as_bytes().to_vec().into(), ..Reply::default() }
}

fn sent(flow: &mut AdminFlow) -> Request {
    match flow.step() {
        flow::Action::Send(request) => request,
        other => panic!("{other:?}"),
    }
}

fn failed(flow: &mut AdminFlow) -> Error {
    match flow.step() {
        flow::Action::Failed(error) => *error,
        other => panic!("{other:?}"),
    }
}

fn body(request: &Request) -> Json {
    serde_json::from_str(&request.body).unwrap()
}

#[test]
fn each_action_is_one_request_as_the_server_wants_it() {
    let fields = AppTokenFields { description: Some("d".into()), ..Default::default() };
    let asks = |flow: Result<AdminFlow, Error>| {
        let request = sent(&mut flow.unwrap());
        let (_, action) = request.url.split_once("/api_v3/service/").unwrap();
        let mut body = body(&request);
        let own = body.as_object_mut().unwrap();
        assert_eq!(own.remove("ks").unwrap(), KS);
        assert_eq!(own.remove("format").unwrap(), 1);
        assert!(own.remove("clientTag").is_some() && !request.url.contains(KS));
        (action.to_owned(), body, request.is_repeatable)
    };
    let added = json!({"appToken": {"objectType": "KalturaAppToken", "hashType": "SHA256", "description": "d"}});
    let updated = json!({"id": "0_a", "appToken": {"objectType": "KalturaAppToken", "description": "d"}});
    let listed = json!({
        "filter": {"objectType": "KalturaAppTokenFilter", "orderBy": "+createdAt"},
        "pager": {"objectType": "KalturaFilterPager", "pageSize": 30, "pageIndex": 2},
    });
    let id = json!({"id": "0_a"});
    let admin = admin();
    assert_eq!(asks(admin.add_flow(&fields)), ("appToken/action/add".into(), added, false));
    assert_eq!(asks(admin.get_flow("0_a")), ("appToken/action/get".into(), id.clone(), true));
    assert_eq!(asks(admin.update_flow("0_a", &fields)), ("appToken/action/update".into(), updated, false));
    assert_eq!(asks(admin.delete_flow("0_a")), ("appToken/action/delete".into(), id, false));
    assert_eq!(asks(admin.list_flow(&Default::default(), 30, 2)), ("appToken/action/list".into(), listed, true));
    assert_eq!(asks(check_ks_flow(&options(), KS)), ("system/action/ping".into(), json!({}), true));
}

#[test]
fn a_flow_sends_once_and_has_what_came_of_it() {
    let mut flow = admin().get_flow("0_a").unwrap();
    assert!(flow.take_app_token().is_none());
    sent(&mut flow);
    flow.receive(&reply(TOKEN)).unwrap();
    assert!(flow.take_app_token().is_none(), "not before it is told that it is done");
    assert!(matches!(flow.step(), flow::Action::Ended));
    assert!(flow.take_page().is_none());
    assert_eq!(flow.take_app_token().unwrap().id, "0_a");
    assert!(flow.take_app_token().is_none(), "once");

    let mut flow = admin().list_flow(&AppTokenFilter::default(), 30, 1).unwrap();
    sent(&mut flow);
    flow.receive(&reply(&format!(r#"{{"objects":[{TOKEN}],"totalCount":31}}"#))).unwrap();
    assert!(matches!(flow.step(), flow::Action::Ended));
    assert!(flow.take_app_token().is_none());
    let page = flow.take_page().unwrap();
    assert_eq!((page.tokens.len(), page.total_count), (1, 31));
}

#[test]
fn what_is_out_of_turn_changes_nothing() {
    let lost = Failure::new(Status::ConnectionLost, "lost");
    let mut flow = admin().delete_flow("0_a").unwrap();
    assert_eq!(flow.receive(&reply("null")).unwrap_err().status, Status::WrongState);
    assert_eq!(flow.fail(&lost).unwrap_err().status, Status::WrongState);
    sent(&mut flow);
    assert_eq!(failed(&mut flow).status, Status::WrongState);
    flow.receive(&reply("null")).unwrap();
    assert_eq!(flow.receive(&reply("null")).unwrap_err().status, Status::WrongState);
    assert_eq!(flow.fail(&lost).unwrap_err().status, Status::WrongState);
    assert!(matches!(flow.step(), flow::Action::Ended));
    assert_eq!(failed(&mut flow).status, Status::WrongState);
    assert_eq!(flow.fail(&lost).unwrap_err().status, Status::WrongState);
}

#[test]
fn a_failure_is_told_and_not_tried_again() {
    let mut flow = admin().add_flow(&AppTokenFields::default()).unwrap();
    sent(&mut flow);
    flow.fail(&Failure::new(Status::Timeout, format!("no answer to {KS}"))).unwrap();
    let error = failed(&mut flow);
    assert_eq!((error.status, error.attempts), (Status::Timeout, 1));
    assert!(error.message.starts_with("no answer") && !error.message.contains(KS), "{}", error.message);

    let mut flow = admin().add_flow(&AppTokenFields::default()).unwrap();
    flow.fail(&Failure::new(Status::Cancelled, "cancelled")).unwrap();
    assert_eq!(failed(&mut flow).status, Status::Cancelled);

    let mut flow = admin().list_flow(&AppTokenFilter::default(), 100, 1).unwrap();
    sent(&mut flow);
    flow.receive(&reply(&" ".repeat(MAX_REPLY_BYTES + 1))).unwrap();
    let error = failed(&mut flow);
    assert_eq!((error.status, &*error.hint), (Status::ReplyTooLarge, hints::PAGE));
}

#[test]
fn a_hosts_transport_carries_every_action() {
    let cancellation = Cancellation::new();
    let admin = answered_with(200, TOKEN);
    assert_eq!(admin.add(&AppTokenFields::default(), &cancellation).unwrap().id, "0_a");
    assert_eq!(admin.get("0_a", &cancellation).unwrap().id, "0_a");
    assert_eq!(admin.update("0_a", &AppTokenFields::default(), &cancellation).unwrap().id, "0_a");
    answered_with(200, "null").delete("0_a", &cancellation).unwrap();
    let page = answered_with(200, r#"{"objects":[],"totalCount":0}"#);
    assert_eq!(page.list(&AppTokenFilter::default(), 30, 1, &cancellation).unwrap().tokens.len(), 0);
}

/// "Deleted" and "the KS is good" are not believed of whatever answers.
#[test]
fn what_is_no_answer_to_an_action_is_not_taken_for_one() {
    let cancellation = Cancellation::new();
    for body in ["true", "{}", "\"deleted\"", "[]", TOKEN] {
        let error = answered_with(200, body).delete("0_a", &cancellation).unwrap_err();
        assert_eq!(error.status, Status::BadReply, "{body}");
    }
    for body in ["null", "false", "1", "\"true\"", "{}"] {
        let mut flow = check_ks_flow(&options(), KS).unwrap();
        sent(&mut flow);
        flow.receive(&reply(body)).unwrap();
        assert_eq!(failed(&mut flow).status, Status::BadReply, "{body}");
    }
    for body in ["null", "{}", r#"{"id":""}"#, "[]"] {
        assert_eq!(answered_with(200, body).get("0_a", &cancellation).unwrap_err().status, Status::BadReply, "{body}");
    }
    for body in ["null", "{}", r#"{"objects":[{}],"totalCount":1}"#] {
        let listed = answered_with(200, body).list(&AppTokenFilter::default(), 30, 1, &cancellation);
        assert_eq!(listed.unwrap_err().status, Status::BadReply, "{body}");
    }
    assert_eq!(answered_with(502, "null").delete("0_a", &cancellation).unwrap_err().status, Status::HttpStatus);
}

#[test]
fn refusals_have_hints_of_their_own() {
    let refusal = |code: &str, argument: &str| {
        let body = json!({
            "objectType": "KalturaAPIException", "code": code, "message": format!("no: {KS}"), "args": {"KSID": argument},
        });
        answered_with(200, &body.to_string()).get("0_a", &Cancellation::new()).unwrap_err()
    };
    let error = refusal("APP_TOKEN_ID_NOT_FOUND", "");
    assert_eq!(error.status, Status::AppTokenNotFound);
    assert!(!format!("{error:?}").contains(KS));
    assert_eq!(refusal("SERVICE_FORBIDDEN", "").hint, hints::ADMIN_ONLY);
    assert_eq!(refusal("MISSING_MANDATORY_PARAMETER", "").hint, hints::PARAMETER_LOST);
    for (argument, reason, hint) in [
        (KS, KsReason::Unreadable, hints::KS_UNREADABLE),
        ("EXPIRED", KsReason::Expired, hints::KS_EXPIRED),
        ("LOGOUT", KsReason::Logout, hints::KS_ENDED),
        ("EXCEEDED_RESTRICTED_IP", KsReason::Ip, hints::KS_RESTRICTED),
    ] {
        let error = refusal("INVALID_KS", argument);
        assert_eq!((error.status, error.ks_reason), (Status::InvalidKs, reason), "{argument}");
        assert_eq!(error.hint, hint, "{argument}");
    }
}

#[test]
fn a_secret_signs_an_admin_ks_of_an_hour_for_each_request_and_stays_here() {
    let admin = Admin::with_secret(&options(), SECRET, "boss").unwrap();
    let request = sent(&mut admin.get_flow("0_a").unwrap());
    let signed = body(&request)["ks"].as_str().unwrap().to_owned();
    let now = Moment::now().wall_seconds;
    let contents = |at| ks::read(&signed, &[SECRET], at);
    assert_eq!(contents(now).verdict, ks::Verdict::Valid);
    assert_eq!(contents(now + 3_590).verdict, ks::Verdict::Valid);
    assert_eq!(contents(now + 3_601).verdict, ks::Verdict::Expired);
    let contents = contents(now).contents.unwrap();
    assert!(contents.is_admin());
    assert_eq!((contents.user_id.as_deref(), contents.privileges.as_deref()), (Some("boss"), Some("")));
    assert!(!request.body.contains(SECRET) && !format!("{admin:?}").contains(SECRET));
    let again = body(&sent(&mut admin.get_flow("0_a").unwrap()))["ks"].as_str().unwrap().to_owned();
    assert_ne!(signed, again);
    assert_eq!(Admin::with_secret(&options(), "", "boss").unwrap_err().option, Some("secret"));
    assert_eq!(Admin::with_ks(&options(), "a KS").unwrap_err().option, Some("ks"));
}

#[test]
fn pages_that_cannot_be_are_refused_and_those_at_the_ends_are_not() {
    let listed = |page_size, page_index| {
        admin().list_flow(&AppTokenFilter::default(), page_size, page_index).map(|_| ()).map_err(|error| error.option)
    };
    assert_eq!(listed(0, 1), Err(Some("page_size")));
    assert_eq!(listed(101, 1), Err(Some("page_size")));
    assert_eq!(listed(1, 0), Err(Some("page_index")));
    assert_eq!(listed(1, 1), Ok(()));
    assert_eq!(listed(100, i32::MAX), Ok(()));
}

#[test]
fn a_walk_that_failed_goes_on_where_it_was() {
    use std::sync::Mutex;
    let token = |id: u32| format!(r#"{{"id":"0_{id}"}}"#);
    let page = |ids: std::ops::Range<u32>| {
        format!(r#"{{"objects":[{}],"totalCount":31}}"#, ids.map(token).collect::<Vec<_>>().join(","))
    };
    let answers = Mutex::new(vec![(200, page(30..31)), (502, String::new()), (200, page(0..30)), (502, String::new())]);
    let mut options = options();
    options.set_transport(TransportCallback::new(move |exchange| {
        let (status, body) = answers.lock().unwrap().pop().unwrap();
        exchange.reply(status, body.as_bytes());
    }));
    let mut walk = Admin::with_ks(&options, KS).unwrap().walk(&AppTokenFilter::default());
    let (mut met, mut failures) = (Vec::new(), 0);
    loop {
        match walk.next(&Cancellation::new()) {
            Ok(Some(token)) => met.push(token.id),
            Ok(None) => break,
            Err(_) => failures += 1,
        }
    }
    let expected: Vec<String> = (0..31).map(|id| format!("0_{id}")).collect();
    assert_eq!((met, failures), (expected, 2));
}
