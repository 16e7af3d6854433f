//! How connections come about, and how they fail to.

use crate::status::Status;

use super::*;

const LONG: Duration = Duration::from_secs(10);

fn unused_address() -> SocketAddr {
    TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap().local_addr().unwrap()
}

#[test]
fn a_port_where_nobody_listens_refuses() {
    let origin = format!("http://{}", unused_address());
    let failure = exchange(&client(&origin), &origin).unwrap_err();
    assert_eq!(failure.status, Status::Connect);
    assert!(failure.message.starts_with("no connection: connection refused"), "{}", failure.message);
}

#[test]
fn an_unknown_host_is_named() {
    let client = client_with(vec![], Duration::ZERO, LONG);
    let failure = exchange(&client, NAMED).unwrap_err();
    let message = "the host k.example was not found: Name or service not known";
    assert_eq!(failure, Failure::new(Status::Dns, message));
}

#[test]
fn a_silent_address_costs_the_connect_timeout() {
    let hole = BlackHole::new();
    let client = client_with(vec![hole.address], Duration::ZERO, Duration::from_millis(300));
    let started = Instant::now();
    let failure = exchange(&client, NAMED).unwrap_err();
    assert_eq!(failure, Failure::new(Status::Timeout, "no connection within 300 ms, while connecting"));
    assert!(started.elapsed() >= Duration::from_millis(300) && started.elapsed() < Duration::from_millis(450));
}

#[test]
fn a_silent_address_beside_one_that_answers_costs_its_head_start() {
    let (hole, server) = (BlackHole::new(), Server::answering(reply("{}")));
    let client = client_with(vec![hole.address, server.address], Duration::ZERO, LONG);
    let started = Instant::now();
    exchange(&client, NAMED).unwrap();
    let took = started.elapsed();
    assert!(took >= Duration::from_millis(240) && took < Duration::from_millis(400), "{took:?}");
}

#[test]
fn an_address_that_refuses_costs_nothing() {
    let (hole, server) = (BlackHole::new(), Server::answering(reply("{}")));
    let refusing = unused_address();
    let client = client_with(vec![refusing, refusing, server.address, hole.address], Duration::ZERO, LONG);
    let started = Instant::now();
    exchange(&client, NAMED).unwrap();
    assert!(started.elapsed() < Duration::from_millis(200), "{:?}", started.elapsed());
}

#[test]
fn the_first_address_may_still_answer_while_the_second_is_tried() {
    let (hole, other_hole) = (BlackHole::new(), BlackHole::new());
    let call = call::CurrentCall::default();
    call.begin(Instant::now() + Duration::from_millis(400), &Cancellation::new());
    let failure = connect::connect(&[hole.address, other_hole.address], &call).unwrap_err();
    assert_eq!(failure.status, Status::Timeout);
}

#[test]
fn addresses_that_failed_are_looked_up_anew() {
    struct Moving(AtomicUsize, Vec<SocketAddr>);
    impl Resolve for Moving {
        fn resolve(&self, _: &str, _: u16) -> io::Result<Vec<SocketAddr>> {
            Ok(vec![self.1[self.0.fetch_add(1, Ordering::SeqCst)]])
        }
    }
    let server = Server::answering(reply("{}"));
    let resolver = Arc::new(Moving(AtomicUsize::new(0), vec![unused_address(), server.address]));
    let client = Client::with_resolver(&settings(NAMED), resolver.clone()).unwrap();
    assert_eq!(exchange(&client, NAMED).unwrap_err().status, Status::Connect);
    exchange(&client, NAMED).unwrap();
    exchange(&client, NAMED).unwrap();
    assert_eq!(resolver.0.load(Ordering::SeqCst), 2, "a connection at rest needs no lookup");
}

#[test]
fn a_slow_lookup_ends_at_the_deadline() {
    let client = client_with(vec![], Duration::from_secs(2), LONG);
    let started = Instant::now();
    let failure = exchange_within(&client, NAMED, 150).unwrap_err();
    assert_eq!(failure, Failure::new(Status::Timeout, "no reply within 150 ms, while the host name was looked up"));
    assert!(started.elapsed() < Duration::from_millis(300));
}

#[test]
fn nothing_stays_open_when_the_client_is_gone() {
    let server = Server::answering(reply("{}"));
    let open_to_server = || {
        let table = std::fs::read_to_string("/proc/self/net/tcp").unwrap_or_default();
        let port = format!(":{:04X} 01 ", server.address.port());
        table.lines().filter(|line| line.contains(&port)).count()
    };
    let client = client(&server.origin());
    exchange(&client, &server.origin()).unwrap();
    let call = client.idle.lock().unwrap()[0].call_for_test();
    assert!(!cfg!(target_os = "linux") || open_to_server() == 1);
    drop(client);
    assert_eq!(open_to_server(), 0);
    assert_eq!(Arc::strong_count(&call), 1, "neither the connection nor the wake-up is held by anybody");
}
