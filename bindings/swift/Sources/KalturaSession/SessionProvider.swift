import CKaltura

/// Keeps a valid session at hand for as long as an app runs, whatever number of tasks, actors and threads ask for it.
public final class SessionProvider: Sendable {
  private let handle: Handle

  /// Sends nothing, and starts no thread, before it is asked for a session.
  public init(_ options: SessionOptions) throws(KalturaError) {
    var error: OpaquePointer?
    guard let provider = options.with({ kaltura_provider_new($0, &error) }) else { throw KalturaError(error!) }
    handle = Handle(provider, free: kaltura_provider_free)
  }

  public var serviceURL: String { String(cString: kaltura_provider_service_url(handle.pointer)) }
  public var partnerID: Int64 { kaltura_provider_partner_id(handle.pointer) }

  /// A valid session: at once while one is fresh, else after a refresh that all callers share. Cancelling the task ends
  /// this call with the status `cancelled`, never the refresh that others wait for.
  public func load() async throws(KalturaError) -> Session {
    try await call { cancellation, waiter, error in
      kaltura_provider_load_async(handle.pointer, cancellation, { userData, session, error in
        (Box.value(userData) as Waiter<Session>).resume(returning: session.map { .success(Session($0)) } ?? .failure(KalturaError(error!)))
      }, waiter, release, error)
    }
  }

  /// The cached session, if one lives, without a wait.
  public func peek() -> Session? { kaltura_provider_peek(handle.pointer).map(Session.init) }

  /// Starts a refresh in the background if one is due, for instance when the app comes to the front.
  public func prefetch() { kaltura_provider_prefetch(handle.pointer) }

  /// Drops the session with this KS, or any: nothing is sent. It is what a user's log-out needs.
  public func invalidate(ks: String? = nil) { kaltura_provider_invalidate(handle.pointer, ks) }

  /// What to do about an error that another call to Kaltura gave for a KS of this provider.
  public func report(apiCode: String, ks: String, ksid: String? = nil) -> KalturaAdvice {
    kaltura_provider_report_error(handle.pointer, ks, apiCode, ksid)
  }

  /// Switches the user: no load gives a session of the old one any more.
  public func setUserID(_ userID: String?) throws(KalturaError) {
    var error: OpaquePointer?
    if kaltura_provider_set_user_id(handle.pointer, userID, &error) == 0 { throw KalturaError(error!) }
  }

  /// Ends **every** session of the app token at the server, on whatever device, later ones too: hardly ever what a log-out
  /// needs, see `invalidate`.
  public func endAllSessionsOfAppToken() async throws(KalturaError) {
    let _: Void = try await call { cancellation, waiter, error in
      kaltura_provider_end_session_async(handle.pointer, .allSessionsOfAppToken, cancellation, { userData, error in
        (Box.value(userData) as Waiter<Void>).resume(returning: error.map { .failure(KalturaError($0)) } ?? .success(()))
      }, waiter, release, error)
    }
  }

  /// Ends what is under way, and every later call, with the status `shutDown`.
  public func shutdown() { kaltura_provider_shutdown(handle.pointer) }

  private typealias Waiter<Value: Sendable> = CheckedContinuation<Result<Value, KalturaError>, Never>

  /// Starts a call of the library's, which answers once, and waits for the answer.
  private func call<Value: Sendable>(
    _ start: (OpaquePointer, UnsafeMutableRawPointer, UnsafeMutablePointer<OpaquePointer?>) -> Int32
  ) async throws(KalturaError) -> Value {
    let cancellation = Handle(kaltura_cancellation_new(), free: kaltura_cancellation_free)
    let result: Result<Value, KalturaError> = await withTaskCancellationHandler {
      await withCheckedContinuation { (waiter: Waiter<Value>) in
        var error: OpaquePointer?
        if start(cancellation.pointer, Box(waiter).retained(), &error) == 0 {
          waiter.resume(returning: .failure(KalturaError(error!)))
        }
      }
    } onCancel: {
      kaltura_cancellation_cancel(cancellation.pointer)
    }
    return try result.get()
  }
}
